// Included, and no module, so that profiles name what everybody knows without one.

#[inline(never)]
fn cpu_intensive() -> u64 {
    let mut sum = 0u64;
    for i in 0..1_000_000u64 {
        sum = sum.wrapping_add(std::hint::black_box(i) * i);
    }
    sum
}

fn burn() {
    loop {
        std::hint::black_box(cpu_intensive());
    }
}

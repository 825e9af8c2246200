//! Burns CPU and holds memory in two functions that everybody knows, for ever or for one profile.
//!
//! `rust-profiling-demo` runs until it is killed; `rust-profiling-demo until-eof` until its stdin
//! ends; `rust-profiling-demo inside DIRECTORY` profiles itself once, from the inside, and leaves
//! cpu.pb, cpu.svg, heap.pb.gz and heap.svg there.

use std::collections::VecDeque;
use std::error::Error;
use std::ffi::CStr;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use jemalloc_pprof::PROF_CTL;
use pprof::protos::Message;
use pprof::ProfilerGuardBuilder;
use tikv_jemalloc_ctl::{epoch, stats};
use tikv_jemallocator::Jemalloc;

#[global_allocator]
static GLOBAL: Jemalloc = Jemalloc;

include!("cpu_work.rs");

/// 4 KiB vectors in one batch, and the batches that are held: 200 MB.
const BATCH_VECTORS: usize = 1000;
const HELD_BATCHES: usize = 50;
const BATCH_PAUSE: Duration = Duration::from_millis(20);
const INSIDE_TIME: Duration = Duration::from_secs(2);

type Batch = Vec<Vec<i32>>;

#[inline(never)]
fn memory_hungry() -> Batch {
    let mut vecs = Vec::new();
    for _ in 0..BATCH_VECTORS {
        let mut v = Vec::with_capacity(1024);
        for j in 0..1024 {
            v.push(j);
        }
        vecs.push(v);
    }
    vecs
}

fn hold() {
    let mut held = VecDeque::new();
    loop {
        held.push_back(memory_hungry());
        if held.len() > HELD_BATCHES {
            held.pop_front();
        }
        thread::sleep(BATCH_PAUSE);
    }
}

/// jemalloc's `opt.prof`: whether MALLOC_CONF (or _RJEM_MALLOC_CONF) switched the profiler on.
fn opt_prof() -> Result<bool, String> {
    const NAME: &CStr = c"opt.prof";
    let mut value = false;
    let mut size = std::mem::size_of::<bool>();
    // SAFETY: opt.prof is a bool, and size says so.
    let code = unsafe {
        tikv_jemalloc_sys::mallctl(
            NAME.as_ptr(),
            (&mut value as *mut bool).cast(),
            &mut size,
            std::ptr::null_mut(),
            0,
        )
    };
    match code {
        0 => Ok(value),
        code => Err(format!("opt.prof: {}", io::Error::from_raw_os_error(code))),
    }
}

fn spawn(name: &str, work: fn()) -> io::Result<thread::JoinHandle<()>> {
    thread::Builder::new().name(name.into()).spawn(work)
}

fn run(until_eof: bool) -> Result<(), Box<dyn Error>> {
    let burner = spawn("burner", burn)?;
    spawn("holder", hold)?;
    println!("ready pid={} opt.prof={}", std::process::id(), opt_prof()?);
    io::stdout().flush()?;
    if until_eof {
        io::stdin().read_to_end(&mut Vec::new())?;
        return Ok(());
    }
    burner.join().map_err(|_| "the burner panicked".into())
}

fn profile_cpu(directory: &Path) -> Result<(), Box<dyn Error>> {
    let guard = ProfilerGuardBuilder::default()
        .frequency(99)
        .blocklist(&["libc", "libgcc", "pthread", "vdso"])
        .build()?;
    let start = Instant::now();
    while start.elapsed() < INSIDE_TIME {
        black_box(cpu_intensive());
        black_box(memory_hungry());
    }
    let report = guard.report().build()?;
    let mut content = Vec::new();
    report.pprof()?.write_to_vec(&mut content)?;
    fs::write(directory.join("cpu.pb"), content)?;
    report.flamegraph(File::create(directory.join("cpu.svg"))?)?;
    Ok(())
}

fn profile_heap(directory: &Path) -> Result<(), Box<dyn Error>> {
    let control = PROF_CTL
        .as_ref()
        .ok_or("opt.prof is false; start with MALLOC_CONF=prof:true,prof_active:false")?;
    let mut control = control.blocking_lock();
    control.activate()?;
    let held: Vec<Batch> = (0..HELD_BATCHES).map(|_| memory_hungry()).collect();

    epoch::advance()?;
    println!(
        "allocated={} resident={}",
        stats::allocated::read()?,
        stats::resident::read()?
    );
    fs::write(directory.join("heap.pb.gz"), control.dump_pprof()?)?;
    fs::write(directory.join("heap.svg"), control.dump_flamegraph()?)?;
    control.deactivate()?;
    println!(
        "held={}",
        held.len() * BATCH_VECTORS * 1024 * std::mem::size_of::<i32>()
    );
    Ok(())
}

fn profile_inside(directory: &Path) -> Result<(), Box<dyn Error>> {
    profile_cpu(directory)?;
    profile_heap(directory)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words[..] {
        [] => run(false),
        ["until-eof"] => run(true),
        ["inside", directory] => profile_inside(Path::new(directory)),
        _ => Err("usage: rust-profiling-demo [until-eof | inside DIRECTORY]".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rust-profiling-demo: {error}");
            ExitCode::FAILURE
        }
    }
}

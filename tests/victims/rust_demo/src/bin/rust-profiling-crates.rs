//! Does from the inside, on command, what the five crates offer; tests/live/crates.sh does the same
//! from the outside.
//!
//! A line on stdin is a command, or the name of a value to read; a line on stdout answers it. The
//! program ends when its stdin does. `rust-profiling-crates convert DUMP FILE.pb.gz` is
//! jemalloc_pprof's conversion alone, for tests/bench.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use jemalloc_pprof::PROF_CTL;
use pprof::protos::Message;
use pprof::{ProfilerGuard, ProfilerGuardBuilder};
use tikv_jemalloc_ctl::{
    arenas, background_thread, config, epoch, max_background_threads, opt, profiling, raw, stats,
    stats_print, thread as thread_figures, version,
};
use tikv_jemallocator::Jemalloc;

#[global_allocator]
static GLOBAL: Jemalloc = Jemalloc;

include!("../cpu_work.rs");

type Answer = Result<String, Box<dyn Error>>;

const HELD_BLOCKS: usize = 2000;
const BLOCK_SIZE: usize = 32 * 1024;
const BURNERS: [&str; 2] = ["burner-1", "burner-2"];

#[inline(never)]
fn memory_hungry() -> Vec<Vec<u8>> {
    let mut blocks = Vec::new();
    for _ in 0..HELD_BLOCKS {
        blocks.push(vec![1; BLOCK_SIZE]);
    }
    blocks
}

/// Rounds of all threads that spin.
static SPUN: AtomicU64 = AtomicU64::new(0);

fn spin() {
    loop {
        std::hint::black_box(cpu_intensive());
        SPUN.fetch_add(1, Ordering::Relaxed);
    }
}

/// What the commands leave behind for one another.
#[derive(Default)]
struct State {
    held: Vec<Vec<u8>>,
    profiler: Option<ProfilerGuard<'static>>,
}

/// The texts of tikv-jemalloc-ctl 0.6.1 end with a NUL.
fn text<T: ToString, E: Error + 'static>(value: Result<T, E>) -> Answer {
    Ok(value?.to_string().trim_end_matches('\0').to_string())
}

fn set<E: Error + 'static>(result: Result<(), E>) -> Answer {
    result?;
    Ok("set".into())
}

/// tikv-jemalloc-ctl: the value of one of its typed keys, by the name that jemalloc gives it.
fn read(name: &str) -> Answer {
    match name {
        "version" => text(version::read()),
        "background_thread" => text(background_thread::read()),
        "max_background_threads" => text(max_background_threads::read()),
        "epoch" => text(epoch::read()),
        "arenas.narenas" => text(arenas::narenas::read()),
        "config.malloc_conf" => text(config::malloc_conf::read()),
        "opt.abort" => text(opt::abort::read()),
        "opt.dss" => text(opt::dss::read()),
        "opt.narenas" => text(opt::narenas::read()),
        "opt.junk" => text(opt::junk::read()),
        "opt.zero" => text(opt::zero::read()),
        "opt.tcache" => text(opt::tcache::read()),
        "opt.tcache_max" => text(opt::tcache_max::read()),
        "opt.background_thread" => text(opt::background_thread::read()),
        "opt.lg_prof_interval" => text(profiling::lg_prof_interval::read()),
        "opt.lg_prof_sample" => text(profiling::lg_prof_sample::read()),
        "opt.prof_final" => text(profiling::prof_final::read()),
        "opt.prof" => text(profiling::prof::read()),
        "opt.prof_leak" => text(profiling::prof_leak::read()),
        "thread.allocated" => Ok(thread_figures::allocatedp::read()?.get().to_string()),
        "thread.deallocated" => Ok(thread_figures::deallocatedp::read()?.get().to_string()),
        "stats.allocated" => fresh(stats::allocated::read),
        "stats.active" => fresh(stats::active::read),
        "stats.metadata" => fresh(stats::metadata::read),
        "stats.resident" => fresh(stats::resident::read),
        "stats.mapped" => fresh(stats::mapped::read),
        "stats.retained" => fresh(stats::retained::read),
        _ => Err(format!("no value '{name}'").into()),
    }
}

fn fresh(read: fn() -> tikv_jemalloc_ctl::Result<usize>) -> Answer {
    epoch::advance()?;
    text(read())
}

/// tikv-jemalloc-ctl's raw functions.
fn read_raw(by_mib: bool) -> Answer {
    const NAME: &[u8] = b"arenas.dirty_decay_ms\0";
    let mut mib = [0usize; 2];
    // SAFETY: arenas.dirty_decay_ms is an ssize_t, and its name has two parts.
    let value: isize = unsafe {
        if by_mib {
            raw::name_to_mib(NAME, &mut mib)?;
            raw::read_mib(&mib)?
        } else {
            raw::read(NAME)?
        }
    };
    Ok(value.to_string())
}

fn write_raw(value: isize) -> Answer {
    // SAFETY: as above.
    set(unsafe { raw::write(b"arenas.dirty_decay_ms\0", value) })
}

fn update_raw(value: isize) -> Answer {
    // SAFETY: as above.
    Ok(unsafe { raw::update(b"arenas.dirty_decay_ms\0", value)? }.to_string())
}

fn print_statistics(path: &str, json_format: bool) -> Answer {
    let mut options = stats_print::Options::default();
    options.json_format = json_format;
    stats_print::stats_print(File::create(path)?, options)?;
    Ok("printed".into())
}

/// tikv-jemalloc-sys: the same as raw::read() does, by hand.
fn call_mallctl() -> Answer {
    let mut value = 0usize;
    let mut size = std::mem::size_of::<usize>();
    // SAFETY: arenas.page is a size_t, and size says so.
    let code = unsafe {
        tikv_jemalloc_sys::mallctl(
            c"arenas.page".as_ptr(),
            (&mut value as *mut usize).cast(),
            &mut size,
            std::ptr::null_mut(),
            0,
        )
    };
    match code {
        0 => Ok(value.to_string()),
        code => Err(io::Error::from_raw_os_error(code).into()),
    }
}

fn heap(state: &mut State, words: &[&str]) -> Answer {
    let control = PROF_CTL.as_ref().ok_or("opt.prof is false")?;
    let mut control = control.blocking_lock();
    match words {
        ["activate"] => control.activate()?,
        ["deactivate"] => control.deactivate()?,
        ["activated"] => return Ok(control.activated().to_string()),
        ["lg_sample"] => return Ok(control.lg_sample().to_string()),
        ["start_time"] => return Ok(control.get_md().start_time.is_some().to_string()),
        ["hold"] => state.held = memory_hungry(),
        ["dump", path] => drop(io::copy(&mut control.dump()?, &mut File::create(path)?)?),
        ["pprof", path] => fs::write(path, control.dump_pprof()?)?,
        ["flamegraph", path] => fs::write(path, control.dump_flamegraph()?)?,
        _ => return Err("no such command of heap".into()),
    }
    Ok("done".into())
}

fn cpu(state: &mut State, words: &[&str]) -> Answer {
    match words {
        ["burn"] => {
            for name in BURNERS {
                thread::Builder::new().name(name.into()).spawn(burn)?;
            }
        }
        ["spin", threads] => {
            for _ in 0..threads.parse()? {
                thread::Builder::new().name("spinner".into()).spawn(spin)?;
            }
        }
        ["spun"] => {
            let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
            return Ok(format!("{} {}", SPUN.load(Ordering::Relaxed), since.as_nanos()));
        }
        ["start", frequency] => {
            let builder = ProfilerGuardBuilder::default().frequency(frequency.parse()?);
            state.profiler = Some(builder.build()?);
        }
        ["stop", directory] => {
            let profiler = state.profiler.take().ok_or("not started")?;
            return report_cpu(&profiler, directory);
        }
        _ => return Err("no such command of cpu".into()),
    }
    Ok("done".into())
}

fn report_cpu(profiler: &ProfilerGuard<'_>, directory: &str) -> Answer {
    let report = profiler.report().build()?;
    report.flamegraph(File::create(format!("{directory}/inside.svg"))?)?;
    fs::write(
        format!("{directory}/inside.pb"),
        report.pprof()?.write_to_bytes()?,
    )?;
    Ok(report.data.values().sum::<isize>().to_string())
}

fn answer(state: &mut State, line: &str) -> Answer {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["read", name] => read(name),
        ["raw", "name"] => read_raw(false),
        ["raw", "mib"] => read_raw(true),
        ["raw", "write", value] => write_raw(value.parse()?),
        ["raw", "update", value] => update_raw(value.parse()?),
        ["write", "background_thread", value] => set(background_thread::write(value.parse()?)),
        ["write", "max_background_threads", value] => {
            set(max_background_threads::write(value.parse()?))
        }
        ["advance"] => text(epoch::advance()),
        ["print", path] => print_statistics(path, false),
        ["print", path, "json"] => print_statistics(path, true),
        ["mallctl"] => call_mallctl(),
        ["heap", ref rest @ ..] => heap(state, rest),
        ["cpu", ref rest @ ..] => cpu(state, rest),
        _ => Err("no such command".into()),
    }
}

fn serve() -> Result<(), Box<dyn Error>> {
    let mut state = State::default();
    println!("ready");
    for line in io::stdin().lock().lines() {
        match answer(&mut state, &line?) {
            Ok(text) => println!("{text}"),
            Err(error) => println!("error: {error}"),
        }
        io::stdout().flush()?;
    }
    Ok(())
}

fn convert(dump: &str, output: &str) -> Result<(), Box<dyn Error>> {
    let profile = pprof_util::parse_jeheap(BufReader::new(File::open(dump)?), None)?;
    fs::write(
        output,
        profile.to_pprof(("inuse_space", "bytes"), ("space", "bytes"), None),
    )?;
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words[..] {
        [] => serve(),
        ["convert", dump, output] => convert(dump, output),
        _ => Err("usage: rust-profiling-crates [convert DUMP FILE.pb.gz]".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rust-profiling-crates: {error}");
            ExitCode::FAILURE
        }
    }
}

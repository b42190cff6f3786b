//! Runs: many inputs to one output each, in a folder that tells what was done and can be gone on with.
//!
//! Several inputs are worked on at once and share the workers. An input counts as done once `run.json` says so; its
//! outputs were named before that. So a run that is killed at any moment repeats some work, and never leaves half a file
//! under its name.

mod folder;
mod manifest;
mod names;
mod part;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use folder::Folder;
pub use manifest::{Input, MANIFEST, Manifest, Part, Session, State, configuration};

use crate::report::{self, ByName, Counts, Status};
use crate::writers::Format;
use crate::{Config, Error, Pipeline, Result, pipeline};
use part::Shop;

/// How often the manifest is written at most; what was done since is done again after a kill.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// What is done with every input.
pub struct Work<'a> {
    /// The pipeline.
    pub pipeline: &'a Pipeline,
    /// The settings.
    pub config: &'a Config,
    /// The format of the parts.
    pub format: Format,
}

/// What happens in a run, for whoever watches it; told by several threads.
#[derive(Debug)]
pub enum Event<'a> {
    /// A batch was written.
    Batch(&'a Counts),
    /// A record or an input was rejected.
    Rejected(&'a Error),
    /// An input is done or has failed.
    Finished(&'a Input),
    /// An input was done before and is as it was.
    Kept(&'a Input),
    /// An input was done before, but it or its outputs have changed since; it is read again.
    Changed(&'a Input),
}

/// What a thread says about an input that it has worked on.
struct Worked {
    number: usize,
    input: Input,
    result: Result<ByName<f64>>,
    seconds: f64,
}

/// A run that is set up.
pub struct Run<'a> {
    /// What is done with every input.
    pub work: Work<'a>,
    /// Where it happens.
    pub folder: &'a Folder,
    /// Bytes read of all inputs.
    pub bytes: Arc<AtomicU64>,
    /// Ends the run early; set by the run itself if it must end.
    pub stop: &'a AtomicBool,
    /// Who watches.
    pub tell: &'a (dyn Fn(Event<'_>) + Sync),
}

impl Run<'_> {
    /// Brings the chosen inputs of the manifest to their end; the manifest says how far they came, whatever happens.
    ///
    /// # Errors
    /// The first, in the order of inputs, that ends the run: an output that cannot be written, a broken stage, a bad record
    /// with [`OnBadRecord::Stop`](crate::pipeline::OnBadRecord).
    pub fn go(&self, manifest: &mut Manifest, chosen: &[usize], mut session: Session) -> Result<()> {
        let pool = pipeline::pool(self.work.config.run.threads)?;
        session.threads = pool.current_num_threads();
        (manifest.status, manifest.error) = (Status::Running, None);
        manifest.sessions.push(session);
        manifest.sum();
        manifest.save(self.folder)?;
        let result = self.work_on(manifest, chosen, &pool);
        (manifest.status, manifest.error) = match &result {
            Err(error) => (Status::Failed, Some(error.to_string())),
            Ok(()) if manifest.inputs.iter().any(|input| input.state == State::Pending) => {
                (Status::Interrupted, None)
            }
            Ok(()) => (Status::Complete, None),
        };
        let saved = manifest.save(self.folder);
        result.and(saved)
    }

    fn work_on(&self, manifest: &mut Manifest, chosen: &[usize], pool: &rayon::ThreadPool) -> Result<()> {
        let waiting: VecDeque<(usize, Input)> =
            chosen.iter().map(|&n| (n, manifest.inputs[n].clone())).collect();
        let at_once = waiting.len().min(pool.current_num_threads());
        let mut config = self.work.config.clone();
        config.memory.in_flight_bytes = (config.memory.in_flight_bytes / at_once.max(1)).max(1);
        let work = Work { config: &config, ..self.work };
        let (bytes, stop, tell) = (&self.bytes, self.stop, self.tell);
        let shop = Shop { work: &work, folder: self.folder, pool, bytes, stop, tell };
        let waiting = Mutex::new(waiting);
        let mut log = Log::new(self.folder, manifest);
        std::thread::scope(|scope| {
            let (worked, reports) = sync_channel(at_once.max(1));
            for _ in 0..at_once {
                let (worked, shop, waiting) = (worked.clone(), &shop, &waiting);
                scope.spawn(move || shop.take_turns(waiting, &worked));
            }
            drop(worked);
            loop {
                match reports.recv_timeout(SAVE_EVERY) {
                    Ok(report) => log.note(report),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                log.save_if_due();
                if log.first.is_some() {
                    self.stop.store(true, Ordering::Relaxed);
                }
            }
        });
        log.sum();
        log.first.map_or(Ok(()), |(_, error)| Err(error))
    }
}

impl Shop<'_> {
    /// Takes inputs in their order until there are none or the run must stop.
    fn take_turns(&self, waiting: &Mutex<VecDeque<(usize, Input)>>, worked: &SyncSender<Worked>) {
        while !self.stop.load(Ordering::Relaxed) {
            let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some((number, mut input)) = next else { break };
            let begun = Instant::now();
            let result = self.finish(&mut input);
            let seconds = begun.elapsed().as_secs_f64();
            // The receiver lives as long as there are senders.
            let _ = worked.send(Worked { number, input, result, seconds });
        }
    }
}

/// Keeps the manifest up to date.
struct Log<'a> {
    folder: &'a Folder,
    manifest: &'a mut Manifest,
    begun: Instant,
    saved: Instant,
    /// Whether something was noted since the manifest was saved.
    news: bool,
    /// The first failure in the order of inputs that ends the run, and the number of its input.
    first: Option<(usize, Error)>,
}

impl<'a> Log<'a> {
    fn new(folder: &'a Folder, manifest: &'a mut Manifest) -> Self {
        let (begun, saved) = (Instant::now(), Instant::now());
        Self { folder, manifest, begun, saved, news: false, first: None }
    }

    /// Enters what became of an input.
    fn note(&mut self, worked: Worked) {
        let Worked { number, mut input, result, seconds } = worked;
        if result.is_err() {
            input.reset();
        }
        if let Some(session) = self.manifest.sessions.last_mut() {
            if input.state != State::Pending {
                session.inputs.insert(input.name.clone().into(), seconds);
            }
            if let Ok(steps) = &result {
                report::add(&mut session.steps, steps);
            }
        }
        self.manifest.inputs[number] = input;
        self.news = true;
        if let Err(error) = result {
            self.fail(number, error);
        }
    }

    fn fail(&mut self, number: usize, error: Error) {
        if self.first.as_ref().is_none_or(|(earlier, _)| number < *earlier) {
            self.first = Some((number, error));
        }
    }

    /// Saves the manifest if there is news and the last time is long enough ago.
    fn save_if_due(&mut self) {
        if self.news && self.saved.elapsed() >= SAVE_EVERY {
            self.sum();
            (self.saved, self.news) = (Instant::now(), false);
            if let Err(error) = self.manifest.save(self.folder) {
                self.fail(usize::MAX, error);
            }
        }
    }

    /// Brings the sums up to date.
    fn sum(&mut self) {
        self.manifest.sum();
        if let Some(session) = self.manifest.sessions.last_mut() {
            session.seconds = self.begun.elapsed().as_secs_f64();
        }
    }
}

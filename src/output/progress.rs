//! Progress bars, and log lines that do not tear them.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal as _, Write};
use tracing_subscriber::fmt::MakeWriter;

/// Every bar of this process; shown on a terminal alone, and otherwise costing nothing. Clones share
/// the same place on the screen.
#[derive(Clone, Debug)]
pub struct Progress {
    bars: MultiProgress,
}

impl Progress {
    /// Bars on standard error, if it is a terminal that can move its cursor, and bars are `wanted`.
    #[must_use]
    pub fn on_stderr(wanted: bool) -> Self {
        let capable =
            io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        if wanted && capable { Self { bars: MultiProgress::new() } } else { Self::hidden() }
    }

    /// Bars that nobody sees.
    #[must_use]
    pub fn hidden() -> Self {
        Self { bars: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()) }
    }

    /// A bar for something whose end is known. It goes away when it is dropped or finished.
    #[must_use]
    pub fn bar(&self, label: &str, total: u64) -> ProgressBar {
        self.add(ProgressBar::new(total), label, "{prefix} {wide_bar} {pos}/{len} {msg}")
    }

    /// A count for something whose end is not known.
    #[must_use]
    pub fn count(&self, label: &str) -> ProgressBar {
        self.add(ProgressBar::no_length(), label, "{prefix} {spinner} {human_pos} {msg}")
    }

    fn add(&self, bar: ProgressBar, label: &str, template: &str) -> ProgressBar {
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = self.bars.add(bar.with_finish(indicatif::ProgressFinish::AndClear));
        bar.set_style(style);
        bar.set_prefix(super::printable(label).into_owned());
        bar
    }

    /// Does something with the screen while no bar is on it.
    pub fn suspend<T>(&self, action: impl FnOnce() -> T) -> T {
        self.bars.suspend(action)
    }

    /// Where log lines go.
    #[must_use]
    pub fn log_writer(&self) -> LogWriter {
        LogWriter { progress: self.clone() }
    }
}

/// Standard error, between the bars.
#[derive(Clone, Debug)]
pub struct LogWriter {
    progress: Progress,
}

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.progress.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = LogWriter;

    fn make_writer(&'a self) -> Self::Writer {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_work_where_nobody_sees_them() {
        let progress = Progress::hidden();
        let bar = progress.bar("chat", 10);
        bar.inc(3);
        assert_eq!((bar.position(), bar.length(), bar.is_hidden()), (3, Some(10), true));
        assert!(progress.count("google").is_hidden());
        assert_eq!(progress.suspend(|| 7), 7);
    }
}

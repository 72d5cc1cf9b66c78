//! The process's memory holds tokens and contacts: it is not written to a disk when the process crashes, and other
//! programs of the same user cannot look into it, where the platform has a say in that.
//!
//! It must never keep a command from running: what the platform refuses is left as it was.

/// No core dumps, of this process and of those that it starts; on Linux no debugger either.
pub(super) fn keep_memory_private() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let refused = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).err();
        // A dump that goes to a program instead of a file heeds no limit; this it does.
        #[cfg(target_os = "linux")]
        let refused = refused
            .or(rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable).err());
        if let Some(error) = refused {
            tracing::debug!(%error, "core dumps cannot be switched off");
        }
    }
}

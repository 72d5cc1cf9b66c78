//! The connector against the simulator, and against a vendor that follows a script.

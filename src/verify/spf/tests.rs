//! check_host() over snapshots of its own.

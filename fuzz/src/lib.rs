//! What the fuzz targets share.

pub mod shape;
pub mod sign;
pub mod walk;

/// Makes the calling thread the only one that works: a run is repeatable, and no time goes
/// into waking others for inputs of a few hundred bytes.
pub fn work_alone() {
    // An error means that it was called before.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global();
}

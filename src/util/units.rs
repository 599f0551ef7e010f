//! Bytes, counts and percentages for people.
/// x
pub fn bytes_short(_b: u64) -> String {
    String::new()
}
/// x
pub fn bytes_exact(_b: u64) -> String {
    String::new()
}
/// x
pub fn signed_bytes_short(_b: i64) -> String {
    String::new()
}
/// x
pub fn signed_bytes_exact(_b: i64) -> String {
    String::new()
}
/// x
pub fn count(_b: u64) -> String {
    String::new()
}
/// x
pub fn signed_count(_b: i64) -> String {
    String::new()
}
/// x
pub fn percent(_b: u64, _t: u64) -> String {
    String::new()
}

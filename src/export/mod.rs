//! Rows to files: CSV as a spreadsheet reads it, JSON as a program does.

mod csv;
mod json;

pub use csv::{CsvOptions, harmless, save_csv, write_csv};
pub use json::{
    ClassRow, CompareReport, CompareRow, SummaryReport, compare_report, filtered_report, summary_report,
};

//! Bytes, counts and percentages for people. The rules are DevTools' own.

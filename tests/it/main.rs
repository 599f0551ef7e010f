//! Tests of the whole: numbers against DevTools, order of the layers, rules of the repository.

mod goldens;
mod layers;
mod repository;

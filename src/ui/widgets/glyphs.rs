//! Small shapes drawn by hand, so that no font has to have them.

use std::f32::consts::TAU;
use std::time::Duration;

use eframe::egui::{Color32, Pos2, Shape, Stroke, Ui, vec2};

/// A triangle that points right, or down when `open`.
pub fn triangle(ui: &Ui, center: Pos2, open: bool, color: Color32) {
    let points = if open {
        [vec2(-4.0, -2.0), vec2(4.0, -2.0), vec2(0.0, 3.0)]
    } else {
        [vec2(-2.0, -4.0), vec2(3.0, 0.0), vec2(-2.0, 4.0)]
    };
    let points = points.map(|offset| center + offset).to_vec();
    ui.painter().add(Shape::convex_polygon(points, color, Stroke::NONE));
}

/// A turning arc; keeps the window repainting at a moderate pace.
pub fn spinner(ui: &Ui, center: Pos2, radius: f32, color: Color32) {
    const STEPS: u16 = 12;
    let turn = (ui.input(|input| input.time) * 1.2).fract() as f32;
    let points = (0..=STEPS)
        .map(|step| {
            let angle = TAU * (turn + 0.7 * f32::from(step) / f32::from(STEPS));
            center + radius * vec2(angle.cos(), angle.sin())
        })
        .collect();
    ui.painter().line(points, Stroke::new(1.5, color));
    ui.ctx().request_repaint_after(Duration::from_millis(40));
}

/// A cross, for closing and cancelling.
pub fn cross(ui: &Ui, center: Pos2, radius: f32, color: Color32) {
    let stroke = Stroke::new(1.5, color);
    for way in [vec2(radius, radius), vec2(radius, -radius)] {
        ui.painter().line_segment([center - way, center + way], stroke);
    }
}

/// A tick, for what is on.
pub fn tick(ui: &Ui, center: Pos2, color: Color32) {
    let points = [vec2(-3.5, 0.0), vec2(-1.0, 2.5), vec2(3.5, -3.0)].map(|offset| center + offset);
    ui.painter().line(points.to_vec(), Stroke::new(1.5, color));
}

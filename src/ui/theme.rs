//! The look in one place: colours, fonts, spacings. No other file names a colour or a font size.

use std::sync::Arc;

use eframe::egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, FontTweak, Margin, Shadow,
    Stroke, Style, TextFormat, TextStyle, Theme, Ui, Vec2, Visuals, style,
};

use crate::rows::TextKind;

/// Everything is placed on multiples of this, in points.
pub const GRID: f32 = 4.0;
/// Height of a table's row, in points.
pub const ROW_HEIGHT: f32 = 26.0;
/// Height of a table's header, in points.
pub const HEADER_HEIGHT: f32 = 30.0;
/// Height of buttons and fields, in points.
pub const CONTROL_HEIGHT: f32 = 28.0;
/// Indentation of a level of a tree, in points.
pub const INDENT: f32 = 18.0;
/// Space between a pane's edge and its content, in points.
pub const PANE_MARGIN: f32 = 12.0;
/// Rounding of buttons, fields, pills.
pub const RADIUS: u8 = 6;
/// Rounding of cards and dialogs.
pub const CARD_RADIUS: u8 = 8;
/// Work shorter than this shows no sign of waiting, in seconds.
pub const PATIENCE: f64 = 0.3;

/// The colours of one theme, named by what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Behind the panes.
    pub background: Color32,
    /// A pane.
    pub panel: Color32,
    /// A card, a button, a field.
    pub raised: Color32,
    /// Borders and lines between panes.
    pub line: Color32,
    /// The thin line under a table's row.
    pub row_line: Color32,
    /// The handle of a scroll bar.
    pub handle: Color32,
    /// Ground of what the pointer is over.
    pub hover: Color32,
    /// Text.
    pub text: Color32,
    /// Secondary text.
    pub dim: Color32,
    /// Hints, ids.
    pub faint: Color32,
    /// What is selected or can be clicked.
    pub accent: Color32,
    /// Behind selected words and pills.
    pub accent_ground: Color32,
    /// Behind a selected row.
    pub selected_row: Color32,
    /// Secondary text on a selected row, where [`Self::dim`] and [`Self::faint`] would be too weak.
    pub dim_on_selected: Color32,
    /// What grew or is new.
    pub grew: Color32,
    /// Behind what is the answer.
    pub grew_ground: Color32,
    /// What shrank or was freed.
    pub freed: Color32,
    /// Something to mind.
    pub warning: Color32,
    /// A class name.
    pub class: Color32,
    /// A property name.
    pub property: Color32,
    /// A string's content.
    pub string: Color32,
    /// Over everything behind a dialog or while files are dragged in.
    pub veil: Color32,
    /// Under popups and dialogs.
    pub shadow: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// Colours on dark ground.
pub const DARK: Palette = Palette {
    background: rgb(0x14_161a),
    panel: rgb(0x19_1c21),
    raised: rgb(0x20_242b),
    line: rgb(0x2a_2f37),
    row_line: rgb(0x21_252b),
    handle: rgb(0x42_4a56),
    hover: rgb(0x1f_232a),
    text: rgb(0xd8_dce3),
    dim: rgb(0x8b_93a1),
    faint: rgb(0x70_7886),
    accent: rgb(0x6a_a9ff),
    accent_ground: rgb(0x1f_3350),
    selected_row: rgb(0x23_395a),
    dim_on_selected: rgb(0xa4_afc0),
    grew: rgb(0xf0_883e),
    grew_ground: rgb(0x3a_2818),
    freed: rgb(0x4c_b3a4),
    warning: rgb(0xf2_cc60),
    class: rgb(0x8f_c7ff),
    property: rgb(0xc9_a6ff),
    string: rgb(0xe3_b97a),
    veil: Color32::from_black_alpha(0x80),
    shadow: Color32::from_black_alpha(0x60),
};

/// Colours on light ground.
pub const LIGHT: Palette = Palette {
    background: rgb(0xf6_f7f9),
    panel: rgb(0xff_ffff),
    raised: rgb(0xff_ffff),
    line: rgb(0xe2_e5ea),
    row_line: rgb(0xee_f0f3),
    handle: rgb(0xc3_c9d2),
    hover: rgb(0xf3_f5f8),
    text: rgb(0x1f_242c),
    dim: rgb(0x60_6977),
    faint: rgb(0x80_8895),
    accent: rgb(0x1b_63d4),
    accent_ground: rgb(0xe3_eeff),
    selected_row: rgb(0xdb_e9ff),
    dim_on_selected: rgb(0x56_5f6d),
    grew: rgb(0xac_4b07),
    grew_ground: rgb(0xfd_eee2),
    freed: rgb(0x0d_7163),
    warning: rgb(0x84_5900),
    class: rgb(0x0b_5cad),
    property: rgb(0x6f_3fc4),
    string: rgb(0x84_5600),
    veil: Color32::from_black_alpha(0x50),
    shadow: Color32::from_black_alpha(0x28),
};

/// The colours that `ui` is drawn with.
pub fn palette(ui: &Ui) -> &'static Palette {
    palette_of(ui.visuals())
}

/// The colours that belong to `visuals`.
pub fn palette_of(visuals: &Visuals) -> &'static Palette {
    if visuals.dark_mode { &DARK } else { &LIGHT }
}

/// The family of semibold text.
fn semibold() -> FontFamily {
    FontFamily::Name("semibold".into())
}

/// Text as nearly all of it.
pub fn body() -> FontId {
    FontId::new(13.0, FontFamily::Proportional)
}

/// Titles and what is to be seen first.
pub fn strong() -> FontId {
    FontId::new(13.0, semibold())
}

/// The largest there is.
pub fn title() -> FontId {
    FontId::new(15.0, semibold())
}

/// Table headers, captions, second lines, the status bar.
pub fn small() -> FontId {
    FontId::new(12.0, FontFamily::Proportional)
}

/// A small title, as that of the sorted column.
pub fn small_strong() -> FontId {
    FontId::new(12.0, semibold())
}

/// Tags.
pub fn tiny_strong() -> FontId {
    FontId::new(11.0, semibold())
}

/// Ids, contents of strings, paths, keys.
pub fn mono() -> FontId {
    FontId::new(12.0, FontFamily::Monospace)
}

/// Keys in hints.
pub fn small_mono() -> FontId {
    FontId::new(10.5, FontFamily::Monospace)
}

impl Palette {
    /// Colour of a kind of text.
    pub fn of(&self, kind: TextKind) -> Color32 {
        match kind {
            TextKind::Plain => self.text,
            TextKind::Dim => self.dim,
            TextKind::Faint => self.faint,
            TextKind::Class => self.class,
            TextKind::Property => self.property,
            TextKind::String => self.string,
            TextKind::Grew => self.grew,
            TextKind::Freed => self.freed,
            TextKind::Warning => self.warning,
        }
    }

    /// Colour of a kind of text on a selected row.
    pub fn on_selected(&self, kind: TextKind) -> Color32 {
        match kind {
            TextKind::Dim | TextKind::Faint => self.dim_on_selected,
            kind => self.of(kind),
        }
    }
}

/// Colour and font of a kind of text.
pub fn format(kind: TextKind, selected: bool, palette: &Palette) -> TextFormat {
    let font = match kind {
        TextKind::Faint | TextKind::String => mono(),
        _ => body(),
    };
    let color = if selected { palette.on_selected(kind) } else { palette.of(kind) };
    TextFormat::simple(font, color)
}

/// Puts the entries of a menu close together; to be called where a menu begins.
pub fn menu(ui: &mut Ui) {
    ui.set_min_width(200.0);
    ui.spacing_mut().item_spacing.y = 1.0;
    ui.spacing_mut().interact_size.y = CONTROL_HEIGHT - GRID;
}

/// Installs fonts and both themes. Call it once, before the first frame.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    ctx.set_style_of(Theme::Dark, style(&DARK, Visuals::dark()));
    ctx.set_style_of(Theme::Light, style(&LIGHT, Visuals::light()));
}

/// Inter and `JetBrains` Mono first; behind them egui's Hack for shapes and symbols.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let ours: [(&str, &'static [u8]); 3] = [
        ("Inter", include_bytes!("../../assets/fonts/Inter-Regular-tabular.otf")),
        ("Inter SemiBold", include_bytes!("../../assets/fonts/Inter-SemiBold-tabular.otf")),
        ("JetBrains Mono", include_bytes!("../../assets/fonts/JetBrainsMono-Regular-plain.ttf")),
    ];
    for (name, bytes) in ours {
        // Lowered by a hair so that capitals and figures sit in the middle of a row.
        let tweak = FontTweak { y_offset_factor: 0.01, ..FontTweak::default() };
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes).tweak(tweak)));
    }
    let fallback = fonts.families.get(&FontFamily::Monospace).cloned().unwrap_or_default();
    let family = |first: &str| [vec![first.to_owned()], fallback.clone()].concat();
    fonts.families.insert(FontFamily::Proportional, family("Inter"));
    fonts.families.insert(semibold(), family("Inter SemiBold"));
    fonts.families.insert(FontFamily::Monospace, family("JetBrains Mono"));
    fonts
}

fn style(palette: &Palette, visuals: Visuals) -> Style {
    Style {
        text_styles: [
            (TextStyle::Body, body()),
            (TextStyle::Button, body()),
            (TextStyle::Heading, title()),
            (TextStyle::Small, small()),
            (TextStyle::Monospace, mono()),
        ]
        .into(),
        spacing: spacing(),
        interaction: style::Interaction {
            selectable_labels: false,
            tooltip_delay: 0.4,
            resize_grab_radius_side: 4.0,
            ..style::Interaction::default()
        },
        visuals: colored(palette, visuals),
        animation_time: 0.08,
        explanation_tooltips: false,
        ..Style::default()
    }
}

fn spacing() -> style::Spacing {
    style::Spacing {
        item_spacing: Vec2::splat(2.0 * GRID),
        button_padding: Vec2::new(10.0, 5.0),
        menu_margin: Margin::same(6),
        window_margin: Margin::same(16),
        interact_size: Vec2::new(CONTROL_HEIGHT, CONTROL_HEIGHT),
        tooltip_width: 480.0,
        menu_width: 240.0,
        combo_height: 400.0,
        scroll: style::ScrollStyle {
            bar_width: 8.0,
            floating_width: 6.0,
            floating_allocated_width: 0.0,
            // As strong as those of tables: of the colour of text, most of which is taken away.
            dormant_handle_opacity: 0.25,
            active_handle_opacity: 0.25,
            interact_handle_opacity: 0.5,
            ..style::ScrollStyle::default()
        },
        ..style::Spacing::default()
    }
}

fn colored(palette: &Palette, visuals: Visuals) -> Visuals {
    let line = Stroke::new(1.0, palette.line);
    let widget = |fill: Color32, border: Color32, text: Color32| style::WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, border),
        corner_radius: CornerRadius::same(RADIUS),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let shadow = |blur: u8| Shadow { offset: [0, 4], blur, spread: 0, color: palette.shadow };
    Visuals {
        widgets: style::Widgets {
            noninteractive: widget(palette.panel, palette.line, palette.text),
            inactive: widget(palette.raised, palette.line, palette.text),
            hovered: widget(palette.hover, palette.faint, palette.text),
            active: widget(palette.accent_ground, palette.accent, palette.text),
            open: widget(palette.hover, palette.accent, palette.text),
        },
        selection: style::Selection {
            bg_fill: palette.accent_ground,
            stroke: Stroke::new(1.0, palette.accent),
        },
        weak_text_color: Some(palette.dim),
        hyperlink_color: palette.accent,
        faint_bg_color: palette.hover,
        extreme_bg_color: palette.background,
        text_edit_bg_color: Some(palette.background),
        code_bg_color: palette.background,
        warn_fg_color: palette.warning,
        error_fg_color: palette.grew,
        window_corner_radius: CornerRadius::same(CARD_RADIUS),
        window_shadow: shadow(24),
        window_fill: palette.raised,
        window_stroke: line,
        menu_corner_radius: CornerRadius::same(CARD_RADIUS),
        panel_fill: palette.panel,
        popup_shadow: shadow(12),
        interact_cursor: None,
        ..visuals
    }
}

#[cfg(test)]
mod tests {
    use super::{Color32, DARK, LIGHT, Palette, TextKind};

    /// Contrast of two colours after WCAG 2.1, from 1 to 21.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let channel = |c: u8| match f32::from(c) / 255.0 {
            c if c <= 0.039_28 => c / 12.92,
            c => ((c + 0.055) / 1.055).powf(2.4),
        };
        let luminance =
            |c: Color32| 0.2126 * channel(c.r()) + 0.7152 * channel(c.g()) + 0.0722 * channel(c.b()) + 0.05;
        let (a, b) = (luminance(a), luminance(b));
        a.max(b) / a.min(b)
    }

    const KINDS: [TextKind; 9] = [
        TextKind::Plain,
        TextKind::Dim,
        TextKind::Faint,
        TextKind::Class,
        TextKind::Property,
        TextKind::String,
        TextKind::Grew,
        TextKind::Freed,
        TextKind::Warning,
    ];

    fn assert_readable(what: &str, text: Color32, ground: Color32, least: f32) {
        let found = contrast(text, ground);
        assert!(found >= least, "{what}: {text:?} on {ground:?} has a contrast of {found:.2} : 1");
    }

    #[test]
    fn text_can_be_read_on_every_ground_it_stands_on() {
        for Palette { panel, raised, background, hover, grew_ground, selected_row, .. } in [&DARK, &LIGHT] {
            let palette = if *panel == DARK.panel { &DARK } else { &LIGHT };
            for kind in KINDS {
                let least = if kind == TextKind::Faint { 3.0 } else { 4.5 };
                for ground in [panel, raised, background, hover, grew_ground] {
                    assert_readable(&format!("{kind:?}"), palette.of(kind), *ground, least);
                }
                assert_readable("selected", palette.on_selected(kind), *selected_row, 4.5);
            }
            for ground in [panel, raised, background, hover, &palette.accent_ground] {
                assert_readable("accent", palette.accent, *ground, 4.5);
            }
        }
    }
}

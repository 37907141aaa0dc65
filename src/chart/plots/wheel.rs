//! The task wheel: φ of tasks all over the plane of amplitude and phase, in the plane of their first two components.

use std::f64::consts::{FRAC_PI_2, TAU};

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use crate::app::appearance::Scheme;
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::layout::{Metrics, text_width, wrap};
use crate::chart::paint::legend::{Entry, Rows, Swatch};
use crate::chart::paint::number;
use crate::chart::paint::painter::{Anchor, Mark, Painter, Pen, TextStyle};
use crate::chart::paint::palette::shade;
use crate::chart::sources::Sources;
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::domain::choice::Named;
use crate::domain::wheel::{Wheel, WheelPoint};
use crate::i18n::{Locale, message};

/// The phases whose spokes are drawn, and what they are called.
const SPOKES: [&str; 4] = ["p = 0", "π/2", "π", "3π/2"];
/// How far from a φ the pointer may be, in CSS pixels.
const REACH: f64 = 24.0;

/// The task wheel.
#[derive(Clone, Copy, Debug)]
pub struct WheelChart;

impl Chart for WheelChart {
    const NAME: &'static str = "wheel";
    const SHOWS_THETA: bool = true;

    type Figure<'a> = WheelFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.wheel_heading()
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&WheelFigure<'_>) -> T) -> Option<T> {
        let made = sources.wheel()?;
        let (wheel, chosen) = (made.result.clone().upright(), sources.chosen_phi());
        Some(see(&WheelFigure { wheel: &wheel, iteration: made.iteration, chosen }))
    }
}

/// θ in the middle, the φ's of one amplitude around it as a ring, from phase to phase against the clock.
#[derive(Clone, Copy, Debug)]
pub struct WheelFigure<'a> {
    /// The wheel, upright.
    pub wheel: &'a Wheel,
    /// Meta-iterations behind its θ.
    pub iteration: u64,
    /// The φ under the pointer, or where the arrow keys are: its number, in rows of one amplitude each.
    pub chosen: Option<usize>,
}

/// Where everything stands.
struct Layout {
    metrics: Metrics,
    legend: Rows,
    /// Lines of text, and whether each explains only.
    lines: Vec<(String, bool)>,
    frame: Frame,
}

impl Figure for WheelFigure<'_> {
    fn frame(&self, size: (u32, u32), style: &Style) -> Frame {
        self.layout(size, style).frame
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        style: &Style,
        _hover: Option<f64>,
    ) -> Result<Frame, DrawError> {
        let painter = Painter::new(area, style)?;
        let scheme = style.scheme;
        let Layout { metrics, legend, lines, frame } = self.layout(painter.size(), style);
        let Metrics { text, small, pad, row, .. } = metrics;
        legend.draw(&painter, scheme, &metrics)?;
        for (i, (line, is_quiet)) in lines.iter().enumerate() {
            let colour = if *is_quiet { scheme.quiet() } else { scheme.ink() };
            let place = (pad, pad + legend.height(&metrics) + (i as f64 + 0.5) * row);
            painter.text(line, place, Anchor::Left, &TextStyle { size: small, colour, is_italic: false })?;
        }
        let at = |point: &WheelPoint| frame.position(point.at.place[0], point.at.place[1]);
        let theta = frame.position(self.wheel.theta.place[0], self.wheel.theta.place[1]);
        let outermost = self.wheel.points.last();
        let quiet = TextStyle { size: small, colour: scheme.quiet(), is_italic: false };
        for (quarter, label) in SPOKES.into_iter().enumerate() {
            let Some(spoke) = self.spoke(quarter) else { continue };
            let path: Vec<_> =
                std::iter::once(theta).chain(self.wheel.points.iter().map(|row| at(&row[spoke]))).collect();
            let dash: &[f64] = if quarter == 0 { &[] } else { &[3.0, 3.0] };
            painter.line(&path, &Pen { colour: scheme.axis(), width: metrics.line(1.25), dash })?;
            // Beyond the outermost φ, away from the middle.
            let end = path[path.len() - 1];
            let (right, down) = (end.0 - theta.0, end.1 - theta.1);
            let length = right.hypot(down).max(1.0);
            let half = text_width(label, small) / 2.0;
            let beyond = 0.7 * text + half * (right / length).abs() + 0.3 * small * (down / length).abs();
            // A spoke that points up goes on as a stick.
            let out = outermost.filter(|_| down < -right.abs()).map_or(0.0, |row| stick(&frame, &row[spoke]));
            let place = (end.0 + right / length * beyond, end.1 + down / length * beyond - out);
            let ink = if quarter == 0 { TextStyle { colour: scheme.ink(), ..quiet } } else { quiet };
            painter.text(label, place, Anchor::Centre, &ink)?;
        }
        for point in outermost.into_iter().flatten() {
            let (left, foot) = at(point);
            painter.line(&[(left, foot), (left, foot - stick(&frame, point))], &stick_pen(scheme, &metrics))?;
        }
        for (ring, row) in self.wheel.points.iter().enumerate() {
            let pen = self.pen(ring, scheme, &metrics);
            let mut path: Vec<_> = row.iter().map(at).collect();
            for place in &path {
                painter.mark(Mark::Circle, *place, metrics.line(1.5) + pen.width / 2.0, pen.colour, &pen)?;
            }
            if path.len() > 2 {
                path.push(path[0]);
            }
            painter.line(&path, &pen)?;
        }
        let paper = Pen { colour: scheme.paper_rgb(), width: metrics.line(1.5), dash: &[] };
        if let Some(place) = self.chosen.and_then(|chosen| self.point(chosen)).map(|point| at(&point)) {
            painter.line(&[theta, place], &Pen { colour: scheme.ink(), width: metrics.line(1.5), dash: &[] })?;
            painter.mark(Mark::Circle, place, metrics.line(6.0), scheme.ink(), &paper)?;
        }
        painter.mark(Mark::Circle, theta, metrics.line(5.5), Role::Theta.rgb(scheme), &paper)?;
        draw_scale(&painter, style, &metrics, &frame)?;
        Ok(frame)
    }

    fn describe(&self, locale: Locale) -> String {
        let Wheel { family, tasks, steps, theta, .. } = self.wheel;
        let text = |value| number::significant(value, locale);
        let outermost = self.wheel.points.last().map_or(&[][..], Vec::as_slice);
        let mean = |of: fn(&WheelPoint) -> f64| text(outermost.iter().map(of).sum::<f64>() / outermost.len() as f64);
        let [least, greatest] = self.amplitudes();
        let sentences = [
            locale.format(message::ChartWheelDescription {
                tasks: tasks.len(),
                family: family.label(locale),
                rings: tasks.amplitudes.len(),
                spokes: tasks.phases.len(),
                least: number::tick(least),
                greatest: number::tick(greatest),
                steps,
                iteration: number::count(self.iteration),
            }),
            locale.format(message::ChartWheelTitle { share: percent(self.wheel.in_plane(), locale) }),
            locale.format(message::ChartWheelDescriptionOutermost {
                greatest: number::tick(greatest),
                moved: mean(|point| point.moved),
                distance: mean(|point| point.at.distance),
                theta: text(theta.distance),
            }),
        ];
        sentences.join(" ")
    }

    fn readout(&self, _x: f64, locale: Locale) -> Option<Readout> {
        self.chosen.and_then(|chosen| self.of_task(chosen, locale))
    }
}

impl WheelFigure<'_> {
    /// φ of the task of this number, in words.
    #[must_use]
    pub fn of_task(&self, number: usize, locale: Locale) -> Option<Readout> {
        let WheelPoint { at, moved } = self.point(number)?;
        let columns = self.wheel.tasks.phases.len();
        let (amplitude, phase) =
            (self.wheel.tasks.amplitudes[number / columns], self.wheel.tasks.phases[number % columns]);
        let text = |value| number::significant(value, locale);
        let line = |label: &str, value| ReadoutLine {
            role: Role::Adapted,
            progress: self.progress(number / columns),
            label: label.to_owned(),
            value: text(value),
        };
        Some(Readout {
            x: at.place[0],
            title: locale.format(message::ChartWheelTask {
                amplitude: number::fixed(f64::from(amplitude), 2, locale),
                phase: number::fixed(f64::from(phase), 2, locale),
            }),
            lines: vec![line(locale.chart_wheel_moved(), moved), line(locale.chart_wheel_distance(), at.distance)],
        })
    }

    /// Where φ of the task of this number stands, in CSS pixels from the chart's top left.
    #[must_use]
    pub fn position(&self, frame: &Frame, number: usize) -> Option<(f64, f64)> {
        let [x, y] = self.point(number)?.at.place;
        Some(frame.position(x, y))
    }

    /// The task whose φ is nearest to a place, if it is within reach.
    #[must_use]
    pub fn at(&self, frame: &Frame, (left, top): (f64, f64)) -> Option<usize> {
        let far = |number: usize| {
            let (x, y) = self.position(frame, number)?;
            Some((x - left).hypot(y - top))
        };
        let all = (0..self.wheel.tasks.len()).filter_map(|number| Some((number, far(number)?)));
        let nearest = all.min_by(|a, b| a.1.total_cmp(&b.1));
        nearest.filter(|(_, far)| *far <= REACH).map(|(number, _)| number)
    }

    fn point(&self, number: usize) -> Option<WheelPoint> {
        let columns = self.wheel.tasks.phases.len();
        self.wheel.points.get(number / columns)?.get(number % columns).copied()
    }

    /// The index of the phase that is a quarter turn, or so many of them.
    fn spoke(&self, quarter: usize) -> Option<usize> {
        let wanted = quarter as f64 * FRAC_PI_2;
        let phases = self.wheel.tasks.phases.iter();
        phases.into_iter().position(|phase| {
            let off = (f64::from(*phase) - wanted).rem_euclid(TAU);
            off.min(TAU - off) < 1e-3
        })
    }

    fn amplitudes(&self) -> [f64; 2] {
        let amplitudes = self.wheel.tasks.amplitudes.iter().map(|amplitude| f64::from(*amplitude));
        [amplitudes.clone().fold(f64::INFINITY, f64::min), amplitudes.fold(f64::NEG_INFINITY, f64::max)]
            .map(|end| (end * 1e4).round() / 1e4)
    }

    /// A ring's amplitude as a part of the greatest, which its colour tells.
    fn progress(&self, ring: usize) -> f64 {
        let greatest = self.amplitudes()[1].max(f64::MIN_POSITIVE);
        (f64::from(self.wheel.tasks.amplitudes[ring]) / greatest).clamp(0.0, 1.0)
    }

    /// The line of a ring: the greater the amplitude, the stronger and the wider.
    fn pen(&self, ring: usize, scheme: Scheme, metrics: &Metrics) -> Pen {
        let progress = self.progress(ring);
        let colour: RGBColor = shade(Role::Adapted, progress, scheme);
        Pen { colour, width: metrics.line(1.0 + 1.25 * progress), dash: &[] }
    }

    fn layout(&self, size: (u32, u32), style: &Style) -> Layout {
        let (metrics, Style { scheme, locale, .. }) = (Metrics::new(size, style), *style);
        let Metrics { width, height, text, small, pad, row } = metrics;
        let mut legend = Rows::default();
        let paper = Pen { colour: scheme.paper_rgb(), width: metrics.line(1.5), dash: &[] };
        let mut entries = vec![Entry::new(Swatch::Mark(Mark::Circle, Role::Theta.rgb(scheme), paper), "θ", &metrics)];
        let rings = self.wheel.tasks.amplitudes.len();
        let [least, greatest] = self.amplitudes().map(number::tick);
        entries.push(Entry::new(
            Swatch::Line(self.pen(0, scheme, &metrics)),
            locale.format(message::ChartWheelRing { amplitude: least }),
            &metrics,
        ));
        if rings > 1 {
            entries.push(Entry::new(
                Swatch::Line(self.pen(rings - 1, scheme, &metrics)),
                locale.format(message::ChartWheelRing { amplitude: greatest }),
                &metrics,
            ));
        }
        entries.push(Entry::new(Swatch::Line(stick_pen(scheme, &metrics)), locale.chart_wheel_stick(), &metrics));
        legend.add(entries, &metrics);

        // Widths are estimates, and no line of these is short.
        let room = 0.94 * (width - 2.0 * pad);
        let title = locale.format(message::ChartWheelTitle { share: percent(self.wheel.in_plane(), locale) });
        let note = |iteration: &str| {
            let Wheel { tasks, family, steps, .. } = self.wheel;
            locale.format(message::ChartWheelNote {
                tasks: tasks.len(),
                family: family.label(locale),
                steps,
                iteration,
            })
        };
        // As many lines as the widest numbers need.
        let reserved = wrap(&note(number::WIDEST_COUNT), small, room).len();
        let title = wrap(&title, small, room);
        let mut lines: Vec<(String, bool)> = title.into_iter().map(|line| (line, false)).collect();
        let note = wrap(&note(&number::count(self.iteration)), small, room);
        let missing = reserved.saturating_sub(note.len());
        lines.extend(note.into_iter().chain(std::iter::repeat_n(String::new(), missing)).map(|line| (line, true)));

        let sticks = self.wheel.points.last().into_iter().flatten().map(|WheelPoint { at, .. }| {
            let [x, y] = at.place;
            [x, y + at.distance]
        });
        let places = self.wheel.points.iter().flatten().map(|point| point.at.place);
        let places = places.chain(sticks).chain([self.wheel.theta.place]);
        let ends = |axis: usize| {
            let numbers = places.clone().map(move |place| place[axis]).filter(|number| number.is_finite());
            numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| (low.min(number), high.max(number)))
        };
        let ((left, right), (bottom, top)) = (ends(0), ends(1));
        let above = pad + legend.height(&metrics) + lines.len() as f64 * row;
        let below = 2.0 * row;
        let height = (height - above).max(1.0);
        // Names of the spokes stand around the rings, and the scale below them.
        let room = ((width - 2.0 * pad - 6.0 * text).max(1.0), (height - 1.8 * row - below).max(1.0));
        let per_pixel = ((right - left) / room.0).max((top - bottom) / room.1).max(1e-9);
        let axis = |low: f64, high: f64, pixels: f64, shift: f64| {
            let middle = f64::midpoint(low, high) + shift * per_pixel;
            Axis {
                low: middle - pixels * per_pixel / 2.0,
                high: middle + pixels * per_pixel / 2.0,
                spacing: Spacing::Linear,
            }
        };
        let frame = Frame {
            left: 0.0,
            top: above,
            width,
            height,
            x: axis(left, right, width, 0.0),
            y: axis(bottom, top, height, -below / 2.0 + 0.4 * row),
        };
        Layout { metrics, legend, lines, frame }
    }
}

/// How far a φ is out of the plane, in CSS pixels: drawn upwards, as if the plane were seen from the side.
fn stick(frame: &Frame, point: &WheelPoint) -> f64 {
    point.at.distance / (frame.x.high - frame.x.low) * frame.width
}

/// The line of what is out of the plane.
fn stick_pen(scheme: Scheme, metrics: &Metrics) -> Pen {
    Pen { colour: scheme.quiet(), width: metrics.line(1.25), dash: &[] }
}

/// A bar of round length in the lower left corner.
pub(super) fn draw_scale<DB: DrawingBackend>(
    painter: &Painter<'_, DB>,
    style: &Style,
    metrics: &Metrics,
    frame: &Frame,
) -> Result<(), DrawError> {
    let Metrics { text, small, pad, row, height, .. } = *metrics;
    let scheme = style.scheme;
    let per_pixel = (frame.x.high - frame.x.low) / frame.width;
    let length = round_below(per_pixel * frame.width / 5.0);
    let level = height - pad - 0.5 * row;
    let end = pad + length / per_pixel;
    let half = 0.3 * text;
    painter.rule((pad, level), (end, level), metrics.line(1.5), scheme.quiet())?;
    for place in [pad, end] {
        painter.rule((place, level - half), (place, level + half), metrics.line(1.5), scheme.quiet())?;
    }
    let label = style.locale.format(message::ChartWheelScale { length: number::tick(length) });
    let quiet = TextStyle { size: small, colour: scheme.quiet(), is_italic: false };
    let from = end + 0.6 * text;
    painter.text(&label, (from, level), Anchor::Left, &quiet.within(metrics.width - pad - from, &label))
}

/// The greatest of 1, 2 and 5 times the powers of ten that is not greater.
fn round_below(length: f64) -> f64 {
    let power = 10f64.powf(length.max(f64::MIN_POSITIVE).log10().floor());
    let digit = [5.0, 2.0].into_iter().find(|digit| digit * power <= length).unwrap_or(1.0);
    digit * power
}

/// A share in per cent: 97.9.
pub(super) fn percent(share: f64, locale: Locale) -> String {
    number::fixed(100.0 * share, 1, locale)
}

//! The task wheel: φ of tasks all over the plane of amplitude and phase, in the plane of their first two components.

use std::f64::consts::{FRAC_PI_2, TAU};

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use crate::app::appearance::Scheme;
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::layout::{Metrics, text_width};
use crate::chart::paint::legend::{Entry, Rows, Swatch};
use crate::chart::paint::number;
use crate::chart::paint::painter::{Anchor, Mark, Painter, Pen, TextStyle};
use crate::chart::paint::palette::shade;
use crate::chart::paint::to_scale::{ToScale, Words};
use crate::chart::sources::Sources;
use crate::chart::table::{Table, row};
use crate::chart::table_words::components;
use crate::chart::{DrawError, Frame, Readout, ReadoutLine, Role, Style};
use crate::domain::choice::Named;
use crate::domain::wheel::{Wheel, WheelPoint};
use crate::i18n::{self, Locale, message};

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
        let layout = self.layout(painter.size(), style);
        let ToScale { metrics, frame, .. } = layout;
        let Metrics { text, small, .. } = metrics;
        layout.draw_words(&painter, scheme)?;
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
        layout.draw_bar(&painter, style)?;
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
            locale.format(message::ChartWheelTitle { share: number::percent(self.wheel.in_plane(), locale) }),
            locale.format(message::ChartWheelDescriptionOutermost {
                greatest: number::tick(greatest),
                moved: mean(|point| point.moved),
                distance: mean(|point| point.at.distance),
                theta: text(theta.distance),
            }),
        ];
        i18n::sentences(sentences)
    }

    fn table(&self, locale: Locale) -> Table {
        let Wheel { tasks, points, theta, .. } = self.wheel;
        let out = locale.chart_wheel_distance();
        let mut table = Table::new(components(locale));
        let rows = tasks.amplitudes.iter().zip(points).flat_map(|(&amplitude, ring)| {
            tasks.phases.iter().zip(ring).map(move |(&phase, WheelPoint { at, moved })| {
                let [x, y] = at.place;
                row([x, y, amplitude.into(), phase.into(), *moved, at.distance])
            })
        });
        table.add([locale.picker_axis_amplitude(), locale.picker_axis_phase(), locale.chart_wheel_moved(), out], rows);
        let [x, y] = theta.place;
        table.add([format!("θ: {out}")], [row([x, y, theta.distance])]);
        table
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

    fn layout(&self, size: (u32, u32), style: &Style) -> ToScale {
        let (metrics, Style { scheme, locale, .. }) = (Metrics::new(size, style), *style);
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

        let note = |iteration: &str| {
            let Wheel { tasks, family, steps, .. } = self.wheel;
            locale.format(message::ChartWheelNote {
                tasks: tasks.len(),
                family: family.label(locale),
                steps,
                iteration,
            })
        };
        let words = Words {
            title: locale.format(message::ChartWheelTitle { share: number::percent(self.wheel.in_plane(), locale) }),
            note: note(&number::count(self.iteration)),
            widest_note: note(number::WIDEST_COUNT),
        };
        let sticks = self.wheel.points.last().into_iter().flatten().map(|WheelPoint { at, .. }| {
            let [x, y] = at.place;
            [x, y + at.distance]
        });
        let places = self.wheel.points.iter().flatten().map(|point| point.at.place);
        let places = places.chain(sticks).chain([self.wheel.theta.place]);
        // Names of the spokes stand around the rings.
        ToScale::arrange(metrics, legend, &words, &places, (6.0 * metrics.text, 1.8 * metrics.row))
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

//! The map of θ: its path along the run, and the meta-iteration that comes next.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::plane::arrow;
use crate::app::appearance::Scheme;
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::layout::{Metrics, text_width};
use crate::chart::paint::legend::{Entry, Rows, Swatch};
use crate::chart::paint::magnifier::Magnifier;
use crate::chart::paint::number;
use crate::chart::paint::painter::{Anchor, Mark, Painter, Pen, TextStyle};
use crate::chart::paint::palette::palest;
use crate::chart::paint::to_scale::{ToScale, Words};
use crate::chart::sources::Sources;
use crate::chart::table::{Table, row};
use crate::chart::table_words::components;
use crate::chart::{DrawError, Frame, Readout, ReadoutLine, Role, Style};
use crate::domain::parameter_plane::Projected;
use crate::domain::theta_map::{NextStep, Place, ThetaMap};
use crate::i18n::{self, Locale, message};

/// The map of θ.
#[derive(Clone, Copy, Debug)]
pub struct ThetaMapChart;

impl Chart for ThetaMapChart {
    const NAME: &'static str = "theta-map";
    const SHOWS_THETA: bool = true;

    type Figure<'a> = ThetaMapFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.theta_map_heading()
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&ThetaMapFigure<'_>) -> T) -> Option<T> {
        let made = sources.theta_map()?;
        Some(see(&ThetaMapFigure { map: &made.result }))
    }
}

/// The path of θ from left to right, its moment that is shown, and the arrows of the next meta-iteration from there.
#[derive(Clone, Copy, Debug)]
pub struct ThetaMapFigure<'a> {
    /// The map.
    pub map: &'a ThetaMap,
}

impl Figure for ThetaMapFigure<'_> {
    fn frame(&self, size: (u32, u32), style: &Style) -> Frame {
        self.layout(size, style).frame
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        style: &Style,
        hover: Option<f64>,
    ) -> Result<Frame, DrawError> {
        let painter = Painter::new(area, style)?;
        let scheme = style.scheme;
        let layout = self.layout(painter.size(), style);
        let ToScale { metrics, frame, .. } = layout;
        layout.draw_words(&painter, scheme)?;
        let at = |place: [f64; 2]| frame.position(place[0], place[1]);
        let paper = Pen { colour: scheme.paper_rgb(), width: metrics.line(1.5), dash: &[] };
        let path: Vec<_> = self.map.path.iter().map(|place| at(place.at.place)).collect();
        let colour = |index: usize| time_colour(index, path.len(), scheme);
        for (index, pair) in path.windows(2).enumerate() {
            painter.line(pair, &Pen { colour: colour(index + 1), width: metrics.line(2.25), dash: &[] })?;
        }
        for (index, place) in path.iter().enumerate() {
            painter.mark(Mark::Circle, *place, metrics.line(2.5), colour(index), &Pen { width: 0.5, ..paper })?;
        }
        let theta = at(self.map.theta.at.place);
        if let Some(next) = &self.map.next {
            self.draw_next(&painter, scheme, &metrics, at, next)?;
        }
        if let Some(start) = path.first() {
            let outline = Pen { colour: Role::Theta.rgb(scheme), width: metrics.line(2.0), dash: &[] };
            painter.mark(Mark::Square, *start, metrics.line(4.5), scheme.paper_rgb(), &outline)?;
        }
        painter.mark(Mark::Circle, theta, metrics.line(6.0), Role::Theta.rgb(scheme), &paper)?;
        if let Some(place) = hover.and_then(|x| self.nearest(x)) {
            let outline = Pen { colour: scheme.ink(), width: metrics.line(2.0), dash: &[] };
            painter.mark(Mark::Circle, at(place.at.place), metrics.line(7.0), scheme.paper_rgb(), &outline)?;
        }
        self.draw_moments(&painter, style, &metrics, &frame)?;
        if let Some(next) = &self.map.next {
            self.draw_around(&painter, style, &layout, next, &path)?;
        }
        layout.draw_bar(&painter, style)?;
        Ok(frame)
    }

    fn describe(&self, locale: Locale) -> String {
        let text = |value| number::significant(value, locale);
        let ThetaMap { path, theta, next, .. } = self.map;
        let (first, last) = self.ends();
        let mut sentences = vec![
            locale.format(message::ChartThetaMapDescription {
                count: path.len(),
                first: number::count(first.iteration),
                last: number::count(last.iteration),
                iteration: number::count(theta.iteration),
                moved: text(theta.from_start),
            }),
            locale.format(message::ChartThetaMapTitle { share: number::percent(self.map.in_plane(), locale) }),
            locale.format(message::ChartThetaMapDescriptionOut {
                farthest: text(number::beyond_noise(self.map.farthest(), self.extent())),
            }),
        ];
        if let Some(NextStep { tasks, phis, mean, new, .. }) = next {
            sentences.push(locale.format(message::ChartThetaMapDescriptionNext {
                tasks,
                phi: text(phis.iter().map(|phi| apart(phi.place, theta.at.place)).sum::<f64>() / phis.len() as f64),
                mean: text(apart(mean.place, theta.at.place)),
                new: text(apart(new.place, theta.at.place)),
            }));
        }
        i18n::sentences(sentences)
    }

    fn table(&self, locale: Locale) -> Table {
        let ThetaMap { path, theta, next, .. } = self.map;
        let mut table = Table::new(components(locale));
        let place = |place: &Place| {
            let Projected { place: [x, y], distance } = place.at;
            row([x, y, place.iteration as f64, place.from_start, distance])
        };
        let out = locale.chart_wheel_distance();
        let headers = [locale.chart_axis_iteration(), locale.chart_theta_map_from_start(), out];
        table.add(headers, path.iter().map(place));
        table.add(headers.map(|what| format!("{}: {what}", locale.chart_theta_map_theta())), [place(theta)]);
        if let Some(NextStep { phis, mean, new, .. }) = next {
            let at = |&Projected { place: [x, y], distance }: &Projected| row([x, y, distance]);
            let of = |what: &str| [format!("{what}: {out}")];
            table.add(of(locale.chart_theta_map_phis()), phis.iter().map(at));
            table.add(of(locale.chart_theta_map_mean()), [at(mean)]);
            table.add(of(locale.chart_theta_map_move()), [at(new)]);
        }
        table
    }

    fn readout(&self, x: f64, locale: Locale) -> Option<Readout> {
        let place = self.nearest(x)?;
        let line = |label: &str, value| ReadoutLine {
            role: Role::Theta,
            progress: 1.0,
            label: label.to_owned(),
            value: number::significant(value, locale),
        };
        Some(Readout {
            x: place.at.place[0],
            title: locale.format(message::ChartThetaMapReadout { iteration: number::count(place.iteration) }),
            lines: vec![
                line(locale.chart_theta_map_from_start(), place.from_start),
                line(locale.chart_wheel_distance(), number::beyond_noise(place.at.distance, self.extent())),
            ],
        })
    }

    fn readout_at(&self, place: (f64, f64), locale: Locale) -> Option<Readout> {
        self.readout(self.marked(place)?, locale)
    }

    fn marked(&self, (x, y): (f64, f64)) -> Option<f64> {
        let away = |place: &&Place| apart(place.at.place, [x, y]);
        let nearest = self.map.path.iter().min_by(|a, b| away(a).total_cmp(&away(b)))?;
        Some(nearest.at.place[0])
    }
}

impl<'a> ThetaMapFigure<'a> {
    /// The place of the path that is nearest from left to right.
    fn nearest(&self, x: f64) -> Option<&Place> {
        let distance = |place: &&Place| (place.at.place[0] - x).abs();
        self.map.path.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    /// How far the path leads from the start, or an arrow from θ, at most: beside that, what rounding leaves is nothing.
    fn extent(self) -> f64 {
        let arrows = self.phis().map(|phi| apart(phi.place, self.map.theta.at.place));
        self.map.path.iter().map(|place| place.from_start).chain(arrows).fold(0.0, f64::max)
    }

    /// φ of the next meta-iteration.
    fn phis(self) -> impl Iterator<Item = &'a Projected> {
        self.map.next.iter().flat_map(|next| &next.phis)
    }

    /// How far out of the plane they are at most.
    fn farthest_phi(self) -> f64 {
        self.phis().map(|phi| phi.distance).fold(0.0, f64::max)
    }

    fn ends(&self) -> (&Place, &Place) {
        let ThetaMap { path, theta, .. } = self.map;
        (path.first().unwrap_or(theta), path.last().unwrap_or(theta))
    }

    /// θ → φ of the next meta-iteration, their mean, and the move.
    fn draw_next<DB: DrawingBackend>(
        self,
        painter: &Painter<'_, DB>,
        scheme: Scheme,
        metrics: &Metrics,
        at: impl Fn([f64; 2]) -> (f64, f64),
        next: &NextStep,
    ) -> Result<(), DrawError> {
        let theta = at(self.map.theta.at.place);
        let adapted = Role::Adapted.rgb(scheme);
        let thin = Pen { colour: palest(adapted, scheme), width: metrics.line(1.25), dash: &[] };
        for phi in &next.phis {
            arrow(painter, theta, at(phi.place), &thin, 0.5 * metrics.text)?;
        }
        let outline = Pen { colour: adapted, width: metrics.line(2.0), dash: &[] };
        painter.mark(Mark::Diamond, at(next.mean.place), metrics.line(4.0), scheme.paper_rgb(), &outline)?;
        let strong = Pen { colour: Role::Theta.rgb(scheme), width: metrics.line(3.0), dash: &[] };
        arrow(painter, theta, at(next.new.place), &strong, 0.6 * metrics.text)
    }

    /// The next meta-iteration enlarged, where it is short beside the path.
    fn draw_around<DB: DrawingBackend>(
        self,
        painter: &Painter<'_, DB>,
        style: &Style,
        layout: &ToScale,
        next: &NextStep,
        path: &[(f64, f64)],
    ) -> Result<(), DrawError> {
        let ToScale { metrics, frame, .. } = layout;
        let (scheme, Metrics { small, text, row, .. }) = (style.scheme, *metrics);
        let at = |place: [f64; 2]| frame.position(place[0], place[1]);
        let theta = at(self.map.theta.at.place);
        let away = |projected: &Projected| {
            let place = at(projected.place);
            (place.0 - theta.0).hypot(place.1 - theta.1)
        };
        let reach = next.phis.iter().chain([&next.mean, &next.new]).map(away).fold(0.0, f64::max);
        let Some(magnifier) = Magnifier::place(frame, metrics, 2.0 * row, theta, reach, path) else { return Ok(()) };
        magnifier.draw(painter, scheme, metrics)?;
        let paper = Pen { colour: scheme.paper_rgb(), width: metrics.line(1.5), dash: &[] };
        let enlarged: Vec<_> = path.iter().map(|place| magnifier.at(*place)).collect();
        for (index, pair) in enlarged.windows(2).enumerate() {
            if pair.iter().all(|place| magnifier.holds(*place)) {
                let colour = time_colour(index + 1, path.len(), scheme);
                painter.line(pair, &Pen { colour, width: metrics.line(2.25), dash: &[] })?;
            }
        }
        self.draw_next(painter, scheme, metrics, |place| magnifier.at(at(place)), next)?;
        painter.mark(Mark::Circle, magnifier.at(theta), metrics.line(6.0), Role::Theta.rgb(scheme), &paper)?;
        let (left, top) = magnifier.corner();
        let words =
            style.locale.format(message::ChartThetaMapAround { factor: number::count(magnifier.factor as u64) });
        let quiet = TextStyle { size: small, colour: scheme.quiet(), is_italic: false };
        // In a narrow chart the words are wider than the square.
        let left = left.min(metrics.width - 0.3 * metrics.pad - text_width(&words, small)).max(0.0);
        painter.text(&words, (left, top - 0.65 * text), Anchor::Left, &quiet)
    }

    /// The meta-iterations of the start, of the end and of powers of ten, where there is room for them.
    fn draw_moments<DB: DrawingBackend>(
        self,
        painter: &Painter<'_, DB>,
        style: &Style,
        metrics: &Metrics,
        frame: &Frame,
    ) -> Result<(), DrawError> {
        let Metrics { text, small, width, pad, .. } = *metrics;
        let path = &self.map.path;
        let mut wanted: Vec<&Place> = path.first().into_iter().chain(path.last()).collect();
        let powers = (0..7).map(|power| 10_u64.pow(power));
        wanted.extend(powers.filter_map(|power| path.iter().find(|place| place.iteration >= power)));
        let quiet = TextStyle { size: small, colour: style.scheme.quiet(), is_italic: false };
        let mut taken: Vec<(f64, f64, f64)> = vec![];
        for place in wanted {
            let label = number::count(place.iteration);
            let (x, y) = frame.position(place.at.place[0], place.at.place[1]);
            let half = text_width(&label, small) / 2.0 + 0.3 * text;
            // Above the path, which is open downwards.
            let (left, top) = (x.clamp(pad + half, (width - pad - half).max(pad + half)), y - 1.1 * text);
            let is_free = |&(other, level, room): &(f64, f64, f64)| {
                (other - left).abs() > room + half || (level - top).abs() > 1.3 * small
            };
            if taken.iter().all(is_free) {
                painter.text(&label, (left, top), Anchor::Centre, &quiet)?;
                taken.push((left, top, half));
            }
        }
        Ok(())
    }

    fn layout(self, size: (u32, u32), style: &Style) -> ToScale {
        let (metrics, Style { scheme, locale, .. }) = (Metrics::new(size, style), *style);
        let theta = Role::Theta.rgb(scheme);
        let paper = Pen { colour: scheme.paper_rgb(), width: metrics.line(1.5), dash: &[] };
        let line = |colour, width| Pen { colour, width: metrics.line(width), dash: &[] };
        let adapted = Role::Adapted.rgb(scheme);
        let mut entries = vec![
            Entry::new(
                Swatch::Mark(Mark::Square, scheme.paper_rgb(), line(theta, 2.0)),
                locale.chart_theta_map_start(),
                &metrics,
            ),
            Entry::new(Swatch::Mark(Mark::Circle, theta, paper), locale.chart_theta_map_theta(), &metrics),
        ];
        if self.map.next.is_some() {
            let thin = line(palest(adapted, scheme), 1.25);
            entries.push(Entry::new(Swatch::Line(thin), locale.chart_theta_map_phis(), &metrics));
            let mark = Swatch::Mark(Mark::Diamond, scheme.paper_rgb(), line(adapted, 2.0));
            entries.push(Entry::new(mark, locale.chart_theta_map_mean(), &metrics));
            entries.push(Entry::new(Swatch::Line(line(theta, 3.0)), locale.chart_theta_map_move(), &metrics));
        }
        let mut legend = Rows::default();
        legend.add(entries, &metrics);

        let (first, last) = self.ends();
        let has_next = self.map.next.is_some();
        let note = |first: &str, last: &str, farthest: &str, phis: &str| {
            let count = self.map.path.len();
            let note = locale.format(message::ChartThetaMapNote { count, first, last, farthest });
            let of_phis = has_next.then(|| locale.format(message::ChartThetaMapPhisOut { phis }));
            [Some(note), of_phis].into_iter().flatten().collect::<Vec<_>>().join(locale.chart_list_separator())
        };
        let text = |distance| number::significant(number::beyond_noise(distance, self.extent()), locale);
        let (farthest, phis) = (text(self.map.farthest()), text(self.farthest_phi()));
        let share = number::percent(self.map.in_plane(), locale);
        let words = Words {
            title: locale.format(message::ChartThetaMapTitle { share }),
            note: note(&number::count(first.iteration), &number::count(last.iteration), &farthest, &phis),
            widest_note: note(number::WIDEST_COUNT, number::WIDEST_COUNT, number::WIDEST, number::WIDEST),
        };
        let next = self.map.next.iter().flat_map(|next| next.phis.iter().chain([&next.mean, &next.new]));
        let places = self.map.path.iter().chain([&self.map.theta]).map(|place| place.at.place);
        let places = places.chain(next.map(|at| at.place));
        ToScale::arrange(metrics, legend, &words, &places, (3.0 * metrics.text, 2.0 * metrics.row))
    }
}

/// The colour of one of so many places of the path: from pale to full, the later the stronger.
fn time_colour(index: usize, count: usize, scheme: Scheme) -> RGBColor {
    let (to, share) = (Role::Theta.rgb(scheme), index as f64 / (count.max(2) - 1) as f64);
    let from = palest(to, scheme);
    let mix = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8;
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

fn apart(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

//! Where the box with the values at a place of a chart stands: beside the place, so that it hides neither what is pointed at
//! nor itself.

/// Between the box and the place, or the chart (CSS pixels).
const GAP: f64 = 12.0;
const EDGE: f64 = 4.0;

/// A rectangle in CSS pixels, from the window's upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Its left edge.
    pub left: f64,
    /// Its upper edge.
    pub top: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Area {
    /// Its lower edge.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }
}

/// The upper left corner of a box of this size, from that of its chart, for a place in the chart; `free` is what can be seen
/// of the page.
///
/// To the right of the place, or to the left of it where only there is room, or [`outside`]. It never leaves the chart
/// sideways, nor `free`.
#[must_use]
pub fn beside(size: (f64, f64), (x, y): (f64, f64), chart: Area, free: Area) -> (f64, f64) {
    let (width, height) = size;
    let top = within_free(y - height / 2.0, height, chart, free);
    if chart.width - x - GAP >= width {
        (x + GAP, top)
    } else if x - GAP >= width {
        (x - GAP - width, top)
    } else {
        outside(size, (x, y), chart, free)
    }
}

/// The same for a chart that is to be seen whole: below it, or above it, or else in the half of it in which the place is not.
#[must_use]
pub fn outside((width, height): (f64, f64), (x, y): (f64, f64), chart: Area, free: Area) -> (f64, f64) {
    let left = (x - width / 2.0).min(chart.width - width).max(0.0);
    let below = free.bottom() - chart.bottom() >= height + 2.0 * EDGE;
    let above = chart.top - free.top >= height + 2.0 * EDGE;
    let top = if below {
        chart.height + EDGE
    } else if above {
        -height - EDGE
    } else if y > chart.height / 2.0 {
        0.0
    } else {
        chart.height - height
    };
    (left, within_free(top, height, chart, free))
}

/// The upper edge of what is so high and is to be seen, from that of the chart.
fn within_free(top: f64, height: f64, chart: Area, free: Area) -> f64 {
    let (low, high) = (free.top + EDGE - chart.top, free.bottom() - EDGE - height - chart.top);
    top.min(high).max(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Area = Area { left: 0.0, top: 60.0, width: 1280.0, height: 660.0 };

    fn chart(width: f64, top: f64) -> Area {
        Area { left: 20.0, top, width, height: 300.0 }
    }

    #[test]
    fn it_stands_beside_the_place_where_there_is_room() {
        let wide = chart(700.0, 200.0);
        assert_eq!(beside((240.0, 100.0), (100.0, 150.0), wide, WINDOW), (112.0, 100.0));
        assert_eq!(beside((240.0, 100.0), (500.0, 150.0), wide, WINDOW), (248.0, 100.0));
    }

    #[test]
    fn where_there_is_none_it_leaves_the_chart_upwards_or_downwards() {
        let size = (240.0, 100.0);
        assert_eq!(beside(size, (170.0, 150.0), chart(350.0, 200.0), WINDOW), (50.0, 304.0));
        assert_eq!(outside(size, (340.0, 150.0), chart(350.0, 400.0), WINDOW), (110.0, -104.0));
        let low = Area { height: 320.0, ..WINDOW };
        assert_eq!(beside(size, (20.0, 50.0), chart(250.0, 70.0), low), (0.0, 200.0));
        assert_eq!(beside(size, (20.0, 250.0), chart(250.0, 70.0), low), (0.0, 0.0));
    }

    #[test]
    fn it_leaves_neither_the_chart_sideways_nor_what_can_be_seen() {
        for width in [200.0, 350.0, 700.0, 1200.0] {
            for top in [-150.0, 0.0, 80.0, 300.0, 500.0] {
                for place in [(0.0, 0.0), (90.0, 299.0), (width / 2.0, 150.0), (width, 0.0)] {
                    let (chart, size) = (chart(width, top), (width.min(230.0), 280.0));
                    let (left, upper) = beside(size, place, chart, WINDOW);
                    assert!(left >= 0.0 && left + size.0 <= width + 1e-9, "{width} {top} {place:?}: {left}");
                    let upper = chart.top + upper;
                    assert!(
                        upper >= WINDOW.top && upper + size.1 <= WINDOW.bottom(),
                        "{width} {top} {place:?}: {upper}"
                    );
                }
            }
        }
    }
}

//! Plot: curves and F1 by label as SVG, drawn with `plotters`.
//!
//! Colours are the named ones below; the page's style sheet gives each a value for light and for dark, by attribute.

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::evaluate::results::{Bin, CurvePoint, Interval};

/// Width of a plot in its own units; the page scales it to its column.
const WIDTH: u32 = 760;
const TEXT: RGBColor = RGBColor(0x33, 0x33, 0x33);
const AXIS: RGBColor = RGBColor(0x88, 0x88, 0x88);
const GRID: RGBColor = RGBColor(0xDD, 0xDD, 0xDD);
/// One colour a system; a seventh system begins again with the first.
pub(super) const SERIES: [RGBColor; 6] = [
    RGBColor(0x0B, 0x62, 0xA8),
    RGBColor(0xC2, 0x41, 0x0C),
    RGBColor(0x0F, 0x76, 0x6E),
    RGBColor(0x7C, 0x3A, 0xED),
    RGBColor(0xA1, 0x62, 0x07),
    RGBColor(0xBE, 0x18, 0x5D),
];
/// Sides of the square that points of a curve are thinned on; finer than a screen shows.
const THINNING: f64 = 400.0;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
/// Drawing into a string fails only on a fault of the library.
type Drawn<T> = Result<T, DrawingAreaErrorKind<std::io::Error>>;

/// Returns the colour of a system, by its place.
pub(super) fn colour(system: usize) -> RGBColor {
    SERIES[system % SERIES.len()]
}

/// Draws precision-recall curves; each is a system's place and its points by rising recall.
pub(super) fn precision_recall(curves: &[(usize, &[CurvePoint])]) -> Drawn<String> {
    draw(WIDTH * 4 / 5, |area| {
        let mut chart = unit_square(area, "Recall", "Precision")?;
        for &(system, points) in curves {
            let Some(first) = points.first() else { continue };
            // Below the first point's recall the curve is drawn at its precision, as is the custom.
            let start = std::iter::once((0.0, first.precision));
            let line = thin(start.chain(points.iter().map(|p| (p.recall, p.precision))));
            let last = line.last().copied();
            chart.draw_series(LineSeries::new(line, colour(system).stroke_width(4)))?;
            chart.draw_series(last.map(|end| Circle::new(end, 7, colour(system).filled())))?;
        }
        Ok(())
    })
}

/// Draws reliability curves; each is a system's place and its bins by rising confidence.
pub(super) fn reliability(curves: &[(usize, &[Bin])]) -> Drawn<String> {
    draw(WIDTH * 4 / 5, |area| {
        let mut chart = unit_square(area, "Mean confidence", "Share right")?;
        chart.draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], AXIS.stroke_width(2)))?;
        for &(system, bins) in curves {
            let all: u64 = bins.iter().map(|b| b.predictions).sum();
            let line = bins.iter().map(|b| (b.confidence, b.right));
            chart.draw_series(LineSeries::new(line, colour(system).stroke_width(4)))?;
            // The area of a dot is the share of predictions in its bin.
            let radius = |b: &Bin| 4.0 + 18.0 * (b.predictions as f64 / all.max(1) as f64).sqrt();
            chart.draw_series(bins.iter().map(|b| {
                Circle::new((b.confidence, b.right), radius(b) as i32, colour(system).mix(0.75).filled())
            }))?;
        }
        Ok(())
    })
}

/// A label's values: a system's place, its value and the 95 % interval.
pub(super) type Row<'a> = (&'a str, Vec<(usize, f64, Option<Interval>)>);

/// Draws a row a label, with a dot and the interval of each system.
pub(super) fn dots(rows: &[Row<'_>], axis: &str) -> Drawn<String> {
    let systems = rows.iter().map(|(_, values)| values.len()).max().unwrap_or(1).max(1);
    let height = 110 + (34 + 22 * systems as u32) * rows.len() as u32;
    // Labels are set at about 14 units a letter.
    let longest = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0) as u32;
    draw(height, |area| {
        let (top, left) = (rows.len() as f64, (longest * 14 + 20).clamp(60, WIDTH / 2));
        let mut chart = ChartBuilder::on(area)
            .margin(14)
            .margin_right(30)
            .x_label_area_size(80)
            .y_label_area_size(left)
            .build_cartesian_2d(0.0..1.0, 0.0..top)?;
        mesh(&mut chart, axis, "", false)?;
        for (place, (label, values)) in rows.iter().enumerate() {
            let middle = top - place as f64 - 0.5;
            let (x, y) = chart.backend_coord(&(0.0, middle));
            let style = TextStyle::from(("sans-serif", 26).into_font())
                .color(&TEXT)
                .pos(Pos::new(HPos::Right, VPos::Center));
            area.draw_text(label, &style, (x - 14, y))?;
            for (i, (system, value, interval)) in values.iter().enumerate() {
                let step = 0.7 / systems as f64;
                let y = middle + step * ((values.len() - 1) as f64 / 2.0 - i as f64);
                if let Some(Interval { low, high }) = interval {
                    let whisker = [(*low, y), (*high, y)];
                    chart.draw_series(LineSeries::new(whisker, colour(*system).stroke_width(4)))?;
                }
                chart.draw_series([Circle::new((*value, y), 9, colour(*system).filled())])?;
            }
        }
        Ok(())
    })
}

fn draw(height: u32, paint: impl FnOnce(&Area<'_>) -> Drawn<()>) -> Drawn<String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        paint(&area)?;
        area.present()?;
    }
    Ok(svg)
}

fn unit_square<'a, 'b>(area: &'a Area<'b>, x: &str, y: &str) -> Drawn<Chart<'a, 'b>> {
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .margin_right(30)
        .x_label_area_size(80)
        .y_label_area_size(96)
        .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
    mesh(&mut chart, x, y, true)?;
    Ok(chart)
}

fn mesh(chart: &mut Chart<'_, '_>, x: &str, y: &str, figures_on_y: bool) -> Drawn<()> {
    let mut mesh = chart.configure_mesh();
    mesh.x_desc(x)
        .y_desc(y)
        .x_labels(6)
        .y_labels(if figures_on_y { 6 } else { 0 })
        .x_label_formatter(&|value| format!("{value:.1}"))
        .y_label_formatter(&|value| format!("{value:.1}"))
        .label_style(TextStyle::from(("sans-serif", 26).into_font()).color(&TEXT))
        .axis_desc_style(TextStyle::from(("sans-serif", 26).into_font()).color(&TEXT))
        .axis_style(AXIS.stroke_width(2))
        .bold_line_style(GRID.stroke_width(2))
        .max_light_lines(0);
    if !figures_on_y {
        mesh.disable_y_mesh().disable_y_axis();
    }
    mesh.draw()
}

/// Leaves out points that fall on the same spot as the one before; the last is kept.
fn thin(points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let cell = |(x, y): (f64, f64)| ((x * THINNING).round() as i64, (y * THINNING).round() as i64);
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let mut last = None;
    for point in points {
        if kept.last().is_none_or(|&before| cell(before) != cell(point)) {
            kept.push(point);
        }
        last = Some(point);
    }
    kept.extend(last.filter(|end| kept.last() != Some(end)));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_both_ends_and_bounds_the_points() {
        let points: Vec<(f64, f64)> = (0..100_000).map(|i| (f64::from(i) / 100_000.0, 0.5)).collect();
        let thinned = thin(points.iter().copied());
        assert_eq!((thinned.first(), thinned.last()), (points.first(), points.last()));
        assert!(thinned.len() < 500, "{}", thinned.len());
    }

    #[test]
    fn labels_are_escaped_in_plots() {
        let svg = dots(&[("<a&b>", vec![(0, 0.5, None)])], "F1").unwrap();
        assert!(svg.contains("&lt;a&amp;b&gt;") && !svg.contains("<a&"), "{svg}");
    }

    #[test]
    fn a_curve_of_one_point_still_has_length() {
        let point = CurvePoint { confidence: 1.0, precision: 0.5, recall: 0.4 };
        let svg = precision_recall(&[(0, &[point])]).unwrap();
        let line = svg.lines().find(|l| l.contains("polyline") && l.contains("#0B62A8")).unwrap();
        let points = line.split("points=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(points.split_whitespace().count(), 2, "{points}");
    }
}

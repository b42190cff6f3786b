//! Page: the report as one HTML file that asks no host for anything.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Serialize;

use super::facts::{facts, title};
use super::plot::{self, Row, colour};
use super::tables::{Section, sections};
use crate::evaluate::results::{
    ERRORS_PER_KIND, ErrorItem, ErrorKind, Labelled, Layer, Results, Score, SystemResults, TypeScore,
};

/// Lets the page style and script itself and forbids it everything else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      img-src data:; base-uri 'none'; form-action 'none'";

/// Tables with more rows than this are folded up.
const LONG: usize = 20;

type Drawn<T> = Result<T, plotters::drawing::DrawingAreaErrorKind<std::io::Error>>;

/// Sets the page.
pub(super) fn page(results: &Results) -> Drawn<String> {
    let name = title(&results.run);
    let sections = sections(results);
    let mut parts = Vec::with_capacity(sections.len());
    for section in &sections {
        parts.push(part(results, section)?);
    }
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (name) " – CytoSift evaluation" }
                link rel="icon" href="data:,";
                style { (PreEscaped(include_str!("page.css"))) }
            }
            body {
                a .skip href="#main" { "Skip to the results" }
                header {
                    p .kicker { "CytoSift evaluation" }
                    h1 { (name) }
                    (summary(results))
                    nav aria-label="Sections" {
                        ul {
                            @for section in &sections { li { a href={ "#" (section.id) } { (section.title) } } }
                            li { a href="#errors" { "Errors" } }
                        }
                    }
                }
                main #main {
                    @for part in &parts { (part) }
                    (browser(results))
                }
                script { (PreEscaped(include_str!("page.js"))) }
            }
        }
    };
    Ok(markup.into_string())
}

fn summary(results: &Results) -> Markup {
    html! {
        dl .facts {
            @for (name, value) in facts(&results.run) { div { dt { (name) } dd { (value) } } }
        }
        @if !results.notes.is_empty() {
            div .notes role="note" {
                p { strong { "Notes" } }
                ul { @for note in &results.notes { li { (note) } } }
            }
        }
    }
}

fn part(results: &Results, section: &Section) -> Drawn<Markup> {
    let figures = match section.id {
        "mentions" => {
            let by_type = |caption, pick: fn(&TypeScore) -> Score| {
                by_label(results, caption, |system| {
                    let by_type = system.mentions.as_ref().map_or(&[][..], |m| &m.by_type);
                    by_type.iter().map(|t| Labelled { label: t.label.clone(), score: pick(t) }).collect()
                })
            };
            let mut figures = by_type("F1 by type, overlap", |t| t.overlap)?;
            figures.extend(by_type("F1 by type, strict", |t| t.strict)?);
            figures
        }
        "relations" => by_label(results, "F1 by predicate", |system| {
            system.relations.as_ref().map_or(Vec::new(), |r| r.by_predicate.clone())
        })?,
        "document-relations" => by_label(results, "F1 by predicate, relations of documents", |system| {
            system.document_relations.as_ref().map_or(Vec::new(), |r| r.by_predicate.clone())
        })?,
        "confidence" => curves(results)?,
        _ => Vec::new(),
    };
    Ok(html! {
        section id=(section.id) aria-labelledby={ (section.id) "-title" } {
            h2 id={ (section.id) "-title" } { (section.title) }
            @if !figures.is_empty() { div .figures { @for figure in &figures { (figure) } } }
            @for table in &section.tables {
                @if table.rows.len() > LONG {
                    details .long {
                        summary { (table.caption) ", " (table.rows.len()) " rows" }
                        (table.to_html())
                    }
                } @else { (table.to_html()) }
            }
        }
    })
}

fn by_label(
    results: &Results,
    caption: &str,
    list: impl Fn(&SystemResults) -> Vec<Labelled>,
) -> Drawn<Vec<Markup>> {
    let lists: Vec<Vec<Labelled>> = results.systems.iter().map(list).collect();
    let mut rows: Vec<Row<'_>> = Vec::new();
    for (system, list) in lists.iter().enumerate() {
        for item in list.iter().filter(|item| item.score.tally.gold > 0) {
            let value = (system, item.score.tally.f1(), item.score.f1_interval);
            match rows.iter_mut().find(|(label, _)| *label == item.label) {
                Some((_, values)) => values.push(value),
                None => rows.push((&item.label, vec![value])),
            }
        }
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let systems: Vec<usize> = (0..lists.len()).filter(|&i| !lists[i].is_empty()).collect();
    Ok(vec![figure(results, caption, "The lines are 95 % intervals.", &systems, &plot::dots(&rows, "F1")?)])
}

fn curves(results: &Results) -> Drawn<Vec<Markup>> {
    let mut figures = Vec::new();
    for layer in [Layer::Mentions, Layer::Relations] {
        let curves: Vec<_> = systems(results, |system| {
            let curve = system.curves.iter().find(|c| c.layer == layer)?;
            Some(&curve.points[..]).filter(|points| !points.is_empty())
        });
        if !curves.is_empty() {
            let caption = format!("Precision and recall, {}", layer.as_str());
            let note = "As the least confidence falls, from left to right.";
            let places: Vec<usize> = curves.iter().map(|(system, _)| *system).collect();
            figures.push(figure(results, &caption, note, &places, &plot::precision_recall(&curves)?));
        }
        let bins: Vec<_> = systems(results, |system| {
            let calibration = system.calibration.iter().find(|c| c.layer == layer)?;
            Some(&calibration.bins[..]).filter(|bins| !bins.is_empty())
        });
        if !bins.is_empty() {
            let caption = format!("Reliability, {}", layer.as_str());
            let note =
                "On the diagonal, confidence is the share that is right. Larger dots: more predictions.";
            let places: Vec<usize> = bins.iter().map(|(system, _)| *system).collect();
            figures.push(figure(results, &caption, note, &places, &plot::reliability(&bins)?));
        }
    }
    Ok(figures)
}

/// Returns what each system has of something, with the system's place.
fn systems<'a, T>(results: &'a Results, pick: impl Fn(&'a SystemResults) -> Option<T>) -> Vec<(usize, T)> {
    results.systems.iter().enumerate().filter_map(|(i, system)| Some((i, pick(system)?))).collect()
}

fn figure(results: &Results, caption: &str, note: &str, systems: &[usize], svg: &str) -> Markup {
    // The library writes no description, so it is put into the tag that it opens with.
    let label = html! { (caption) ". The figures stand in the tables below." }.into_string();
    let svg = svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{label}\" "), 1);
    let legend = |system: usize| {
        let plotters::style::RGBColor(r, g, b) = colour(system);
        html! {
            svg .swatch viewBox="0 0 36 10" aria-hidden="true" {
                line x1="0" y1="5" x2="36" y2="5" stroke=(format!("#{r:02X}{g:02X}{b:02X}")) stroke-width="4" {}
            }
            (results.systems[system].name)
        }
    };
    html! {
        figure {
            figcaption { strong { (caption) } " " (note) }
            ul .legend { @for &system in systems { li { (legend(system)) } } }
            (PreEscaped(svg))
        }
    }
}

/// What the page's script reads.
#[derive(Serialize)]
struct Shown<'a> {
    system: &'a str,
    items: Vec<&'a ErrorItem>,
}

fn browser(results: &Results) -> Markup {
    // The bound is one for the page, so that several systems share it.
    let share = (ERRORS_PER_KIND as usize / results.systems.len().max(1)).max(1);
    let mut shown = Vec::with_capacity(results.systems.len());
    let mut left_out = Vec::new();
    for system in &results.systems {
        let mut items = Vec::new();
        for kind in ErrorKind::ALL {
            let before = items.len();
            items.extend(system.errors.items.iter().filter(|item| item.kind == kind).take(share));
            let all = system.errors.counts.get(&kind).copied().unwrap_or(0);
            let missing = all.saturating_sub((items.len() - before) as u64);
            if missing > 0 {
                let name = &system.name;
                left_out.push(format!("{name}, {}: {missing} of {all} are not shown here.", kind.as_str()));
            }
        }
        shown.push(Shown { system: &system.name, items });
    }
    html! {
        section #errors aria-labelledby="errors-title" {
            h2 #errors-title { "Errors" }
            @if shown.iter().all(|s| s.items.is_empty()) { p { "There are none." } }
            @else {
                noscript { p { "This list needs scripts; all else on this page does not." } }
                (filters(results))
                p #count role="status" aria-live="polite" {}
                ul #key .legend aria-label="Types" {}
                @if !left_out.is_empty() {
                    details .left-out {
                        summary { "What is left out" }
                        ul { @for line in &left_out { li { (line) } } }
                    }
                }
                div #list {}
                button #more type="button" hidden { "Show more" }
                script #errors-data type="application/json" { (PreEscaped(embed(&shown))) }
            }
        }
    }
}

fn filters(results: &Results) -> Markup {
    let choice = |id: &str, label: &str| {
        html! {
            div { label for=(id) { (label) } select id=(id) { option value="" { "all" } } }
        }
    };
    html! {
        form #filters autocomplete="off" {
            @if results.systems.len() > 1 { (choice("system", "System")) }
            (choice("kind", "Kind of error"))
            (choice("type", "Type"))
            (choice("predicate", "Predicate"))
            div { label for="words" { "Words or document" } input #words type="search"; }
            button type="reset" { "Show all" }
        }
    }
}

/// Writes data for a script element, in which no text can end the element.
fn embed(shown: &[Shown<'_>]) -> String {
    // Maps with string keys and plain structs always serialise.
    let json = serde_json::to_string(shown).unwrap_or_else(|_| "[]".to_owned());
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

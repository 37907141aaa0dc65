//! What can be measured of the meta-iteration so far.

use leptos::prelude::*;

use super::round::Round;
use crate::app::formatting;
use crate::app::two_tasks::{Stage, steps};
use crate::engine::protocol::OfTask;
use crate::i18n::{Locale, message};

/// What can be measured so far: a table of both tasks, and what they have together.
#[component]
pub fn Numbers(round: Round) -> impl IntoView {
    let page = round.page;
    let rows = move || {
        let locale = page.locale();
        round.with(|two, stage| {
            let last = steps(two);
            let done = round.number.get().min(last);
            let compared = matches!(stage, Stage::Compare | Stage::Mean | Stage::Move);
            let moved = stage == Stage::Move;
            let cells =
                |read: &dyn Fn(&OfTask) -> f64| [read(&two.tasks[0]), read(&two.tasks[1])].map(formatting::error);
            let rows = [
                (true, locale.two_error_theta().to_owned(), cells(&|task| task.before.mse[0])),
                (done > 0, locale.format(message::TwoErrorPhi { steps: done }), cells(&|task| task.before.mse[done])),
                (compared, locale.two_distance().to_owned(), cells(&|task| task.distance)),
                (moved, locale.two_error_new().to_owned(), cells(&|task| task.after.mse[0])),
                (moved, locale.format(message::TwoErrorAgain { steps: last }), cells(&|task| task.after.mse[last])),
            ];
            let shown = rows.into_iter().filter(|(is_known, ..)| *is_known);
            let row = |(_, name, [first, second]): (bool, String, [String; 2])| {
                view! { <tr><th scope="row">{name}</th><td>{first}</td><td>{second}</td></tr> }
            };
            shown.map(row).collect_view()
        })
    };
    let together = move || {
        let locale = page.locale();
        round.with(|two, stage| {
            let [cosine, to_mean, moved] =
                [two.cosine, two.to_mean, two.moved].map(|value| formatting::decimal(value, 3));
            let (cosine, step_size) =
                (locale.format(message::TwoCosine { cosine }), formatting::decimal(two.step_size, 2));
            let sentences = match stage {
                Stage::Sample | Stage::Step(_) => vec![],
                Stage::Compare => vec![cosine],
                Stage::Mean => vec![cosine, locale.format(message::TwoToMean { distance: to_mean })],
                Stage::Move => vec![cosine, locale.format(message::TwoMoved { step_size, distance: to_mean, moved })],
            };
            sentences.into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect_view()
        })
    };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=page.words(Locale::two_numbers)>
            <table>
                <caption class="hidden">{page.words(Locale::two_numbers)}</caption>
                <tbody class="head">
                    <tr>
                        <td></td>
                        <th scope="col">{move || page.locale().format(message::TwoTask { number: 1 })}</th>
                        <th scope="col">{move || page.locale().format(message::TwoTask { number: 2 })}</th>
                    </tr>
                </tbody>
                <tbody>{rows}</tbody>
            </table>
            <div class="together">{together}</div>
        </div>
    }
}

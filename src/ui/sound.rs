//! Charts as sound: curve after curve, from the left ear to the right.

use std::cell::RefCell;

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::{AudioContext, OscillatorType};

use crate::app::tune::{self, Melody, PAUSE, SECONDS, frequency};
use crate::ui::page::Page;

/// How loud a curve is; 1 is the loudest that there is.
const VOLUME: f32 = 0.15;
/// How long it swells and fades, so that it does not click, in seconds.
const SWELL: f64 = 0.03;

thread_local! {
    static PLAYING: RefCell<Option<AudioContext>> = const { RefCell::new(None) };
}

/// Plays a chart, in place of what is playing; says whether it is one that can be heard.
pub fn play(page: Page, chart: &str) -> bool {
    let locale = page.appearance.locale.get_untracked();
    let melodies = match chart {
        "fit" => page.results.preview.with_untracked(|preview| tune::fit(preview, locale)),
        "adaptation" => page.results.preview.with_untracked(|preview| tune::adaptation(preview, locale)),
        "training" => page.results.history.with_untracked(|history| tune::training(history.points(), locale)),
        _ => return false,
    };
    stop();
    if melodies.is_empty() {
        return true;
    }
    page.announce(
        melodies.iter().map(|melody| melody.name.as_str()).collect::<Vec<_>>().join(locale.chart_list_separator()),
    );
    // A browser without sound has said so by itself.
    drop(sound(&melodies));
    true
}

/// Stops what is playing.
fn stop() {
    if let Some(playing) = PLAYING.take() {
        drop(playing.close());
    }
}

fn sound(melodies: &[Melody]) -> Result<(), JsValue> {
    let context = AudioContext::new()?;
    let first = context.current_time() + 0.1;
    for (index, melody) in melodies.iter().enumerate() {
        let begin = first + index as f64 * (SECONDS + PAUSE);
        let (voice, volume, side) =
            (context.create_oscillator()?, context.create_gain()?, context.create_stereo_panner()?);
        // The second of two is told from the first by its timbre.
        voice.set_type(if index == 0 { OscillatorType::Sine } else { OscillatorType::Triangle });
        for (number, &(place, pitch)) in melody.notes.iter().enumerate() {
            let (time, hertz) = (begin + place * SECONDS, frequency(pitch) as f32);
            if number == 0 {
                voice.frequency().set_value_at_time(hertz, time)?;
            } else {
                voice.frequency().linear_ramp_to_value_at_time(hertz, time)?;
            }
        }
        side.pan().set_value_at_time(-1.0, begin)?;
        side.pan().linear_ramp_to_value_at_time(1.0, begin + SECONDS)?;
        let end = begin + SECONDS;
        for (loudness, time) in [(0.0, begin - SWELL), (VOLUME, begin), (VOLUME, end), (0.0, end + SWELL)] {
            if loudness == 0.0 && time < begin {
                volume.gain().set_value_at_time(0.0, time)?;
            } else {
                volume.gain().linear_ramp_to_value_at_time(loudness, time)?;
            }
        }
        voice.connect_with_audio_node(&volume)?;
        volume.connect_with_audio_node(&side)?;
        side.connect_with_audio_node(&context.destination())?;
        voice.start_with_when(begin - SWELL)?;
        voice.stop_with_when(end + SWELL)?;
    }
    PLAYING.set(Some(context));
    Ok(())
}

//! The pretrained θ that ship with the page, one for each preset.

use crate::domain::config::{Config, Preset};

/// The preset whose θ stands in for that of `config`: its own, and for a run of one's own that of the page's default.
#[must_use]
pub fn preset_for(config: &Config) -> Preset {
    Preset::of(config).unwrap_or(Preset::Fast)
}

/// The address of a preset's file, relative to the page.
#[must_use]
pub fn address(preset: Preset) -> String {
    format!("pretrained/{}.json", preset.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::network::Network;
    use crate::domain::pretrained::Pretrained;

    #[test]
    fn every_preset_has_a_file_of_its_own_kind() {
        for preset in Preset::ALL {
            let path = format!("{}/assets/{}", env!("CARGO_MANIFEST_DIR"), address(preset));
            let document = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
            let Pretrained { config, iteration, theta } = Pretrained::from_json(&document).expect("a good document");
            assert_eq!(Preset::of(&config), Some(preset));
            assert_eq!(iteration, config.outer.iterations);
            assert_eq!(theta.len(), Network::new(&config.model).parameters());
        }
    }

    #[test]
    fn a_run_of_ones_own_skips_ahead_to_the_default_preset() {
        let mut custom = Preset::Paper.config();
        custom.inner.steps += 1;
        assert_eq!(preset_for(&custom), Preset::Fast);
        assert_eq!(preset_for(&Config { seed: 3, ..Preset::Fine.config() }), Preset::Fine);
    }
}

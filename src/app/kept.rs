//! The θ that is kept for comparison, in words.

use super::formatting::count;
use super::provenance;
use crate::domain::choice::Named;
use crate::domain::config::Config;
use crate::domain::network::Network;
use crate::engine::protocol::Moment;
use crate::i18n::{Locale, message};

/// Whose θ is kept and what the charts show of it, or why they do not: a θ of another network cannot adapt as the present
/// one does.
#[must_use]
pub fn told(moment: &Moment, config: &Config, locale: Locale) -> String {
    let iteration = count(moment.iteration);
    let provenance = provenance::told(&moment.provenance, &config.tasks, locale);
    if moment.model == config.model {
        return locale.format(message::TimelineKeptShown { iteration, provenance });
    }
    let Network { widths, activation } = Network::new(&moment.model);
    let widths: Vec<String> = widths.iter().map(ToString::to_string).collect();
    let network = format!("{} {}", widths.join("-"), activation.label(locale));
    locale.format(message::TimelineKeptOther { iteration, provenance, network })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::activation::Activation;
    use crate::domain::provenance::Provenance;

    #[test]
    fn a_theta_of_another_network_is_said_not_to_be_shown() {
        let config = Config::default();
        let provenance = Provenance::default().after(config.algorithm, &config.tasks, 1200);
        let mut moment = Moment { iteration: 1200, provenance, model: config.model.clone(), theta: vec![] };
        for &locale in Locale::ALL {
            let said = told(&moment, &config, locale);
            assert!(said.contains(&count(1200)) && !said.contains("1-64-64-1"), "{said}");
        }
        moment.model.activation = Activation::Relu;
        for &locale in Locale::ALL {
            let (said, activation) = (told(&moment, &config, locale), Activation::Relu.label(locale));
            assert!(said.contains(&format!("1-64-64-1 {activation}")), "{said}");
        }
    }
}

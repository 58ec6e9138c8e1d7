//! What metrics and tasks are called where people read of them.

use super::Lang;
use crate::data::{Kind, Task};
use crate::package::LEAST_COST;

impl Lang {
    /// The name of a metric; its own where it has no other.
    pub fn metric(self, name: &str) -> &str {
        let (english, spanish) = match name {
            "accuracy" => ("accuracy", "exactitud"),
            "balanced_accuracy" => ("balanced accuracy", "exactitud balanceada"),
            "precision" => ("precision", "precisión"),
            "recall" => ("recall", "exhaustividad"),
            "f1" => ("F1", "F1"),
            "f05" => ("F0.5", "F0,5"),
            "f2" => ("F2", "F2"),
            "specificity" => ("specificity", "especificidad"),
            "npv" => ("negative predictive value", "valor predictivo negativo"),
            "jaccard" => ("Jaccard index", "índice de Jaccard"),
            "precision_macro" => ("precision (macro)", "precisión (macro)"),
            "recall_macro" => ("recall (macro)", "exhaustividad (macro)"),
            "f1_macro" => ("F1 (macro)", "F1 (macro)"),
            "precision_weighted" => ("precision (weighted)", "precisión (ponderada)"),
            "recall_weighted" => ("recall (weighted)", "exhaustividad (ponderada)"),
            "f1_weighted" => ("F1 (weighted)", "F1 (ponderado)"),
            "jaccard_macro" => ("Jaccard index (macro)", "índice de Jaccard (macro)"),
            "mcc" => ("MCC", "MCC"),
            "cohen_kappa" => ("Cohen's kappa", "kappa de Cohen"),
            "cohen_kappa_quadratic" => ("Cohen's kappa (quadratic)", "kappa de Cohen (cuadrático)"),
            "top_2_accuracy" => ("top-2 accuracy", "exactitud top 2"),
            "top_3_accuracy" => ("top-3 accuracy", "exactitud top 3"),
            "roc_auc" => ("ROC AUC", "AUC ROC"),
            "roc_auc_weighted" => ("ROC AUC (weighted)", "AUC ROC (ponderada)"),
            "roc_auc_ovo" => ("ROC AUC (one against one)", "AUC ROC (uno contra uno)"),
            "roc_auc_ovo_weighted" => ("ROC AUC (one against one, weighted)", "AUC ROC (uno contra uno, ponderada)"),
            "gini" => ("Gini", "Gini"),
            "ks" => ("Kolmogorov–Smirnov", "Kolmogórov–Smirnov"),
            "pr_auc" => ("PR AUC", "AUC PR"),
            "log_loss" => ("log loss", "pérdida logarítmica"),
            "brier" => ("Brier score", "puntuación de Brier"),
            "ece" => ("expected calibration error", "error de calibración esperado"),
            "d2_log_loss" => ("D² (log loss)", "D² (pérdida logarítmica)"),
            "d2_brier" => ("D² (Brier)", "D² (Brier)"),
            "r2" => ("R²", "R²"),
            "rmse" => ("RMSE", "RMSE"),
            "mse" => ("MSE", "MSE"),
            "mae" => ("MAE", "MAE"),
            "medae" => ("median absolute error", "error absoluto mediano"),
            "mape" => ("MAPE", "MAPE"),
            "smape" => ("sMAPE", "sMAPE"),
            "max_error" => ("largest error", "error máximo"),
            "explained_variance" => ("explained variance", "varianza explicada"),
            "rmsle" => ("RMSLE", "RMSLE"),
            "msle" => ("MSLE", "MSLE"),
            "d2_absolute_error" => ("D² (absolute error)", "D² (error absoluto)"),
            "pinball_10" => ("pinball loss (10 %)", "pérdida pinball (10 %)"),
            "pinball_90" => ("pinball loss (90 %)", "pérdida pinball (90 %)"),
            "poisson_deviance" => ("Poisson deviance", "desviación de Poisson"),
            "gamma_deviance" => ("gamma deviance", "desviación gamma"),
            other => (other, other),
        };
        self.pick(english, spanish)
    }

    /// What is predicted.
    pub fn task(self, task: Task) -> &'static str {
        match task {
            Task::Binary => self.pick("one of two classes", "una de dos clases"),
            Task::Multiclass => self.pick("one of several classes", "una de varias clases"),
            Task::Regression => self.pick("a number", "un número"),
        }
    }

    /// What the values of a column are; in English as configs have it.
    pub fn kind(self, kind: Kind) -> &'static str {
        let spanish = match kind {
            Kind::Number => "número",
            Kind::Integer => "entero",
            Kind::Bool => "booleano",
            Kind::Category => "categoría",
            Kind::Text => "texto",
            Kind::Date => "fecha",
            Kind::Id => "identificador",
        };
        self.pick(kind.name(), spanish)
    }

    /// How a model's decision was chosen, as its file has it.
    pub fn rule(self, rule: &str) -> String {
        let spanish = || {
            let chosen = rule.strip_prefix("best ").and_then(|rest| rest.strip_suffix(" out of fold"));
            let fixed = rule.strip_prefix("fixed at ").and_then(|value| value.parse().ok());
            let least = (rule == LEAST_COST).then(|| "menor coste en validación cruzada".to_owned());
            let best = chosen.map(|metric| format!("mejor {} en validación cruzada", self.metric(metric)));
            best.or(least).or_else(|| fixed.map(|value| format!("fijado en {}", self.value(value))))
        };
        let translated = if self == Lang::Es { spanish() } else { None };
        translated.unwrap_or_else(|| rule.to_owned())
    }
}

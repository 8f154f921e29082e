"""How the numbers were made: prose for the report's end."""

from __future__ import annotations

from analysis.pipeline import AnalysisSettings

REFERENCES = (
    "Davidson, Denain, Villalobos and Bas 2023, AI capabilities can be significantly improved "
    "without expensive retraining: compute-equivalent gain.",
    "Lifland, Becker and Campos (SaferAI), Forecasting future gains due to post-training "
    "enhancements: CEG of post-training enhancements, "
    "composability exponents, M, and the definition of a PTE (one-time cost at most 10% of "
    "training, inference at most 100 times).",
    "Finney 1978, Statistical Method in Biological Assay: relative potency and the test of "
    "parallelism.",
    "Fieller 1954, Some problems in interval estimation, J. R. Stat. Soc. B 16: sets for a ratio.",
    "Hwang 1995, Fieller's problems and resampling techniques, Statistica Sinica 5: its bootstrap.",
    "Efron and Tibshirani 1993, An Introduction to the Bootstrap: percentile intervals.",
    "Hurvich and Tsai 1989, Regression and time series model selection in small samples: AICc.",
    "Andrews, Kitagawa and McCloskey 2024, Inference on winners, Q. J. Econ. 139.",
    "Paule and Mandel 1982, Consensus values and weighting factors; Hartung and Knapp 2001, A "
    "refined method for the meta-analysis of controlled clinical trials; Nagashima, Noma and "
    "Furukawa 2019, Prediction intervals for random-effects meta-analysis.",
    "Holm 1979, A simple sequentially rejective multiple test procedure.",
    "Shapley 1953, A value for n-person games; Grabisch 1997 for Moebius coefficients; Box, Hunter "
    "and Hunter 1978, Statistics for Experimenters, for factorial effects.",
)


def paragraphs_of(settings: AnalysisSettings) -> tuple[str, ...]:
    """The methods as plain paragraphs."""
    return (
        "Compute-equivalent gain (CEG) of a stack is the factor by which the base's training "
        "compute would have to grow to score what the stack scores. Compute is training FLOP on a "
        "log scale; an OOM is a factor of ten.",
        "One base curve per experiment: score = floor + (ceiling - floor) * rise(intercept + slope "
        f"* log10 FLOP), here the {settings.form} form, by penalised binomial likelihood. The "
        "floor has a prior at the chance of a guess (it is 0 where nothing is chosen among "
        "options), the ceiling one near 1. Each arm is one shift of the linear predictor above "
        "that curve, and log10 CEG = shift / slope: relative potency, as bioassay calls it. With "
        "one declared base curve, log CEG(A+B) = log CEG(A) + log CEG(B on A) exactly.",
        "One reference a lattice. In the papers most gains are over greedy decoding, and a sweep "
        "that samples lowers a base without any PTE: a vote over samples would be credited with "
        "undoing that. So stacks without a selection are run in both decodings, and curve, CEGs, "
        "exponents and M are over the greedy ones, wherever all of them were run so; selections "
        "are given over the sampled base too. Arms of the other decoding are compared with the "
        "base of their own. Models that must sample have the sampled reference alone.",
        "Intervals are 95% and come from a seeded bootstrap over items, the same items in every "
        f"arm ({settings.replicates:,} replicates, seed {settings.seed}). Every replicate refits "
        "the curve. To it the rungs' random effects are added: how far models depart from the "
        "curve, and arms from a constant shift, both estimated from what is left after the fit, "
        "with Student-like tails since rungs are few. Points, logits, CEGs and what they make up "
        "hold both, and are of the recipe's average gain; a score's own interval (Wilson's) holds "
        "the items' noise alone and is of that model. What few items cannot show is in all of "
        "them: each arm has half a pseudo-item either way in each cell, so that two arms that "
        "agree on all of n items may still differ by about 3 / n (the rule of three). A "
        "ratio's interval is the bootstrap form of Fieller's set: it is unbounded exactly where "
        "the ladder's slope could be 0, which is the honest answer on a flat ladder.",
        "Three gains, and each number says which it is. The recipe's average gain (the CEG itself, "
        "exponents, M): over models trained as the ladder's were; luck that the arms of a trained "
        "model share cancels in it, and an arm's own is averaged over. This model's gain, on a "
        "rung: what the stack adds to the one model that was measured. A new run's: the training "
        "compute of a base model trained anew that scores what the stack scores. Only the last "
        "holds how far one training run lies off its recipe's average, and is several times as "
        "wide: it is the one to hold against another model. Training luck is the scatter between "
        "runs of the same compute where there are several, less what sampling items gives; where "
        "their seeds recur on other rungs, what a seed brings to all of them is told apart and is "
        "known as well as there are seeds. With one run a rung it is the scatter about the base "
        "curve, which holds what the curve misses too. With three such runs, or where nothing else "
        "shows it, it is not known, and no gain against a new run is given. A shift that the whole "
        "ladder shares, of one seed, one order of the data or one code base, cannot be seen: no "
        "interval holds it.",
        "Status. On the ladder: the equivalent compute of at least half of the rungs lies between "
        "the smallest and the largest rung. Beyond the ladder: most lie above, the point is an "
        "extrapolation, and the discrete bound ('at least') is what the data alone support. Flat "
        "ladder: the slope is not clearly positive. Inverse scaling: it is clearly negative. "
        "Harmful: the interval lies below 1.",
        "Discrete bounds compare with base rungs alone, without a curve. By rung they take scores "
        "as they are and are soft. Over the ladder they hold for all rungs together, with the "
        "rungs' scatter in them; without a ladder, where nothing tells of scatter, there are none. "
        "A bound that the interval by the curve contradicts is left out. The range "
        "over forms repeats the estimate with other curves: where it is wide, the shape of the "
        "curve, and not the data, decides. Intervals of CEGs, exponents and M hold that choice: "
        "each replicate takes the difference that one form makes, by how well the forms fit the "
        "base ladder (QAIC weights; the straight line has none). Logits are those of the chosen "
        "form. Parallelism: a trend of the gain against compute, over "
        "the rungs' scatter or the items' noise, whichever is larger (Student's t), by the form "
        "that says least against one gain. Where its p is below .05 the gain depends on scale and "
        "one CEG for the whole ladder does not exist: CEG is then given as a function of compute, "
        "the distance of the arm's own line to the base's over the base's slope, with a pointwise "
        "band that holds what other intervals hold. The mean over the rungs stands beside it, and "
        "is what a forecast takes.",
        "The generalised linear model (columns glm) fits both arms at once without floor and "
        "ceiling, treats them as independent samples, and gives Fieller's set and the test of "
        "parallelism as in the bioassay literature, with errors scaled by the dispersion where it "
        "exceeds 1. It is a check on the bootstrap, and usually wider.",
        "Composability exponent of two PTEs: log CEG(smaller on larger) / log CEG(smaller). It is "
        "refused where the smaller's CEG is not clearly above 1, for it would divide by what may "
        "be 0. Verdicts: independent if the interaction's interval lies within "
        f"{settings.margin:g} units of the predictor (logits) of 0; substitutes or complements if "
        "it excludes 0 and the Holm-adjusted p over the experiment's pairs is below 0.05; "
        "unresolved otherwise. M is fitted by least squares to all stacks that reach into several "
        "categories.",
        "Stacks that were not run are predicted where their PTEs were run alone: the sum of these "
        "gains in the linear predictor and of the interactions of its pairs, which are fitted to "
        "all larger stacks by ridge regression, shrunk towards 0 as far as it helps on stacks that "
        "are left out. The interval holds the draws of all arms that it rests on, and what they "
        "cannot know: interactions of pairs that never ran together, as large as those that did "
        "were, and of three PTEs, as large as stacks of three and more missed their predictions "
        "(where few or none were run, as large as those of pairs), with the tails that so few of "
        "them give. The check leaves each stack out and estimates all of it anew.",
        "Costs are inference FLOP over the base's on the same problems, uncached: what a stack "
        "costs by itself, net of its own prefix (a prompt that n samples share counts once) and "
        "gross. The definition's 100 times is judged by the net one, or by the gross one where "
        "that alone is known.",
        "The largest of several gains is large in part because it was chosen by its own estimate. "
        "Where a stack is called the best (the summary, and each inference budget) its gain is "
        "corrected: the hybrid estimator and interval of inference on winners, from the covariance "
        "by which gains scatter from one experiment to the next (items, and the luck of arms on "
        "rungs as most likely). It is median-unbiased for whichever stack was chosen where that "
        "luck is known; three rungs leave it all but unknown, and where it is .2 logits the best "
        "of 16 still reads a little high (in .6 of experiments). The correction is made in logits; "
        "points and CEG move with it. As measured it stands beside; tables of "
        "all stacks hold measured gains.",
        "Over benchmarks: where an arm was measured on several, its gains are pooled by random "
        "effects. Benchmarks weigh by the inverse of their own variance (from their intervals) and "
        "of the variance between them (Paule and Mandel); the mean's interval is Student's t about "
        "the scatter seen (Hartung and Knapp), never narrower than noise makes it. The prediction "
        "interval of a further benchmark adds the variance between them, at all values that the "
        "scatter allows (Nagashima, Noma and Furukawa). Gains without a bounded interval, or with "
        "one ten times as wide as the median one, are named and left out: where these are lower "
        "bounds, the mean is too low. Ladders on the same benchmark are one piece of evidence. "
        "Luck that a model has on all benchmarks at once is not in it. A forecast pools with equal "
        "weights.",
        "What is not in any interval: the choice of the benchmark (but see above) and of the model "
        "family, the prompts and parameters with which a PTE was run, errors of training compute "
        "(6ND or as published), and contamination.",
        "Without a ladder (fewer than three rungs of known training compute with a base score) "
        "there is no slope, so no CEG. Gains are then given in points and in logits over the "
        "base's own score, and interactions, exponents, Shapley values and M in logits: there the "
        "slope cancels, provided that the base curve has the assumed form.",
    )

"""A generator of experiments that shares nothing with `analysis.simulation`.

An estimator that is only checked by the model it was built on is checked by nobody. Here a score is
a threshold on a latent variable (a copula over items), so that any curve of mean scores can be had
exactly, whatever the items are like:

    score(arm, rung, draw, item) = 1 where  D(item) + A(arm, item) + E(arm, rung, draw, item) < q

with q the quantile of the sum at the arm's mean score on the rung. `table` runs many of them
through what `pte analyze` calls and sets the figures beside those that were published of it.
"""

"""The pocket ladder: tiny language models whose training compute is known, because it was spent
here. They make the whole chain, from sweep to forecast, run on a laptop, and let the method be
checked: the base model that a CEG speaks of can be trained in minutes.
"""

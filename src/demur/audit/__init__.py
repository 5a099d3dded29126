"""What a model remembers: planted canaries, one-pass scores, intervals, and a gate that may say "too little evidence".

`canaries` makes what is planted and its never-planted twins, `scorer` reads a model, `metrics` measures with intervals,
`gate` judges by thresholds that are data. Only `scorer` needs the extra ``train``. A clean audit is evidence about one
model, one day and one set of attacks; it is not a proof of anonymity.
"""

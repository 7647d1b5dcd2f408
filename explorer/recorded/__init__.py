"""What models answer to many questions of one kind: recorded beforehand for those that ship, asked now for others.

`explorer measure NAME-answers --record` writes `checkpoints/NAME-answers.npz`.
"""

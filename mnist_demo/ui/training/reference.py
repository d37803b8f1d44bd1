"""Fifteen losses and what they are for, to look up: which of them can choose one of ten digits, and why.

The list is the reference table of the first write-up (*Training a handwritten digit recognition algorithm*),
retold; the verdicts are ours.
"""

from dataclasses import dataclass

from mnist_demo.ui import templates


@dataclass(frozen=True)
class Reference:
    """A loss, what it is made for, and whether it can choose one of ten digits."""

    name: str
    made_for: str
    fits: bool
    verdict: str
    here_as: str = ""  # the name it has in the form's menu


REFERENCES = (
    Reference(
        "Cross-entropy",
        "One of several classes",
        True,
        "Compares the predicted distribution with the true one: the usual choice for digits.",
        "Cross-entropy",
    ),
    Reference(
        "Categorical cross-entropy",
        "One of several classes, labels as one-hot rows",
        True,
        "The same loss; only the labels are written differently.",
        "Cross-entropy",
    ),
    Reference(
        "Sparse categorical cross-entropy",
        "One of many classes, labels as numbers",
        True,
        "The same again with integer labels, which is how the labels are kept here.",
        "Cross-entropy",
    ),
    Reference(
        "Negative log-likelihood",
        "Models that give log-probabilities",
        True,
        "After a log-softmax it is cross-entropy.",
        "Negative log-likelihood",
    ),
    Reference(
        "KL divergence",
        "Distance of two distributions",
        True,
        "With hard labels it is cross-entropy; worth having for smoothed ones.",
        "KL divergence",
    ),
    Reference(
        "Binary cross-entropy",
        "Yes or no, such as spam or not",
        True,
        "For ten digits it becomes ten questions, each class against the rest.",
        "One-vs-all binary cross-entropy",
    ),
    Reference(
        "Hinge",
        "Two sides with a margin, as in support vector machines",
        True,
        "Its multi-class form works; the answer is good, its probabilities are not.",
        "Multi-class hinge",
    ),
    Reference(
        "Mean squared error",
        "Continuous values, such as prices",
        True,
        "Made for regression, sensitive to outliers; on one-hot targets it classifies all the same.",
        "Squared error",
    ),
    Reference(
        "Huber",
        "Continuous values with some outliers",
        True,
        "Squared near the target, linear far from it; on one-hot targets much like squared error.",
        "Huber",
    ),
    Reference(
        "Mean absolute error",
        "Continuous values where outliers matter less",
        False,
        "Its gradient is as large near the target as far from it, so classes are learned slowly and badly.",
    ),
    Reference(
        "Dice",
        "Overlap of regions, as in medical pictures",
        False,
        "Counts pixels of a region; a digit’s picture has one label and no region.",
    ),
    Reference(
        "IoU",
        "Overlap of boxes around objects",
        False,
        "Asks where something is; here the question is only what it is.",
    ),
    Reference(
        "Cosine similarity",
        "Direction of two vectors, as for texts",
        False,
        "Ignores how long the vectors are, and with that how sure an answer is.",
    ),
    Reference(
        "Triplet",
        "Faces and other things that should lie close to similar ones",
        False,
        "Teaches distances, not classes: a second step would still have to choose the digit.",
    ),
    Reference(
        "CTC",
        "Sequences without alignment, such as speech or a line of handwriting",
        False,
        "Aligns an output sequence; one digit in one picture has nothing to align.",
    ),
)


def markup() -> str:
    """Render the table, folded."""
    return templates.render("training/reference.html", losses=REFERENCES)

"""Where models lie in the folders of other programs: which folders to look through, one file per
program."""

from studio.catalog.layouts.guess import guess_layout, roots_of
from studio.catalog.layouts.walk import Candidate, Problem, Root, Walk

__all__ = ["Candidate", "Problem", "Root", "Walk", "guess_layout", "roots_of"]

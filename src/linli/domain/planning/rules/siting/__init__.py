"""Values of siting: the question and its terms, the answer, what is kept of both."""

"""What the Faust host runs around the stream folds; none of it imports Faust."""

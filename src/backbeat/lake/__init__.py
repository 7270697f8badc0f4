"""Delta tables on disk or in a bucket: where they lie, who may write, what has been done."""

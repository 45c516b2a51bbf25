"""The dispatch board: what there is, what is needed, what is under way. Pure, decided like all else."""

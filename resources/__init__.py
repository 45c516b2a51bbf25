"""The dispatch board (调度): what there is, what is needed, what is under way. Pure, decided like the rest."""

"""Recording a consultation without transcoding what people sent.

The recorder process takes packets from a media worker and appends them to spools on disk, fsynced every
second: a crash of anything costs at most the last second. Afterwards another process makes one WebM file of
the spools: the pictures and the voices as they came, and in front a mix of the voices, because players play
one sound track.
"""

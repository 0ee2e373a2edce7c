"""The fourth examination: are graphs that message passing tells apart still apart?"""

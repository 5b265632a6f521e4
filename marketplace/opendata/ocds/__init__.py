"""The public record in the Open Contracting Data Standard 1.1: releases, records, files of a year."""

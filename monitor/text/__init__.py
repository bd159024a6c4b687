"""Text itself, whoever reads it: charset, dates, language, normal forms, words, romanised sounds, sentences."""

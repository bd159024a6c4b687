"""Text functions for all stages: charset, dates, language, normal forms, words, romanised sounds, sentences."""

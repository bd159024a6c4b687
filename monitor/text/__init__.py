"""Text functions for all stages: charset, dates, language, normal forms, words, sounds, sentences, leads of items."""

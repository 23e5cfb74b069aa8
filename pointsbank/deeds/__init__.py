"""申报 → 评议 → 公示 → 入账: claims of good deeds and deductions, from draft to booking."""

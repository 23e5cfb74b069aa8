.PHONY: run test lint bench

run:
	python3 run.py
test:
	python3 run.py test
lint:
	python3 run.py lint
bench:
	python3 run.py bench

# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/figure/figure-3d-axes.c \
	core/figure/figure-3d.c \
	core/figure/figure-axes.c \
	core/figure/figure-bars.c \
	core/figure/figure-bytes.c \
	core/figure/figure-colour-bar.c \
	core/figure/figure-colour.c \
	core/figure/figure-heatmap.c \
	core/figure/figure-internal.h \
	core/figure/figure-label.c \
	core/figure/figure-layout.c \
	core/figure/figure-legend.c \
	core/figure/figure-lines.c \
	core/figure/figure-names.c \
	core/figure/figure-number.c \
	core/figure/figure-pdf.c \
	core/figure/figure-png.c \
	core/figure/figure-scale.c \
	core/figure/figure-serialize.c \
	core/figure/figure-series.c \
	core/figure/figure-svg.c \
	core/figure/figure-text.c \
	core/figure/figure-views.c \
	core/figure/figure.c \
	core/figure/figure.h
EXTRA_DIST += core/figure/README.md

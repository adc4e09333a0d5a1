"""Golden augmented images, computed by SciPy.

usage: python make_augment.py 2026 > augment.jsonl        (needs: scipy; made with 1.17)

One JSON object a line:
  channels, height, width           of the image
  degrees, factor, shift, signs     of the map: counter-clockwise, above 1 larger, right and down, -1 for mirrored
  image, result                     pixels, channel by channel and row by row; the result to six decimals

The map is composed in homogeneous coordinates, as three matrices about the centre, and inverted numerically:
another way than that of the library.
"""
import json
import math
import random
import sys

import numpy as np
from scipy.ndimage import affine_transform


def forward(height, width, degrees, factor, shift, signs):
    """Where a pixel (row, column) goes: mirrored, scaled, turned, shifted."""
    angle = math.radians(degrees)
    centre = np.eye(3)
    centre[:2, 2] = (height - 1) / 2, (width - 1) / 2
    mirror = np.diag([signs[1], signs[0], 1.0])
    scale = np.diag([factor, factor, 1.0])
    # Rows go down: what is turned counter-clockwise moves from the right (column + 1) up (row - 1).
    turn = np.array([[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0], [0, 0, 1.0]])
    moved = np.eye(3)
    moved[:2, 2] = shift[1], shift[0]
    return moved @ centre @ turn @ scale @ mirror @ np.linalg.inv(centre)


def emit(channels, height, width, degrees=0.0, factor=1.0, shift=(0.0, 0.0), signs=(1, 1)):
    image = [draw.randrange(101) / 100 for _ in range(channels * height * width)]
    inverse = np.linalg.inv(forward(height, width, degrees, factor, shift, signs))
    planes = np.array(image).reshape(channels, height, width)
    result = [affine_transform(plane, inverse, order=1, mode="grid-constant", cval=0.0) for plane in planes]
    print(json.dumps({
        "channels": channels, "height": height, "width": width,
        "degrees": degrees, "factor": factor, "shift": shift, "signs": signs,
        "image": image, "result": [round(float(pixel), 6) for pixel in np.ravel(result)],
    }))


draw = random.Random(int(sys.argv[1]))
for size in [(1, 8, 8), (3, 5, 7)]:
    emit(*size)
    for degrees in (15.0, -7.25, 90.0, -180.0, 123.5):
        emit(*size, degrees=degrees)
    for factor in (0.9, 1.25, 0.3):
        emit(*size, factor=factor)
    for shift in ((1.0, 0.0), (0.0, -2.0), (0.375, -1.6875), (9.0, 0.5)):
        emit(*size, shift=shift)
    for signs in ((-1, 1), (1, -1), (-1, -1)):
        emit(*size, signs=signs)
    emit(*size, degrees=15.0, factor=1.1)
    emit(*size, degrees=-15.0, shift=(1.0, 0.5))
    emit(*size, degrees=30.0, signs=(-1, 1))
    emit(*size, factor=0.8, shift=(-0.75, 1.25), signs=(1, -1))
    for _ in range(4):
        emit(*size, draw.uniform(-180, 180), draw.uniform(0.5, 1.5), (draw.uniform(-2, 2), draw.uniform(-2, 2)),
             (draw.choice((-1, 1)), draw.choice((-1, 1))))
# A sequence, in time.
emit(2, 1, 9, factor=1.2, shift=(0.75, 0.0), signs=(-1, 1))
emit(2, 28, 28, degrees=12.5, factor=0.95, shift=(1.5, -0.25), signs=(-1, 1))
emit(2, 28, 28, degrees=-171.0, factor=1.3, shift=(-2.0, 3.0))

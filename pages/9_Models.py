"""The catalogue of models: what ships, what is downloaded, what can be downloaded."""

from explorer import ui
from explorer.ui.downloads import real_models
from explorer.ui.models import cards, catalogue, device, local_file

ui.shell("Models")
ui.explain("models/about")
device()
real_models()
catalogue()
cards()
local_file()

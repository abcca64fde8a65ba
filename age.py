import regex, unicodedata
print(unicodedata.unidata_version, regex.__version__)
from tokenizers import pre_tokenizers, Regex

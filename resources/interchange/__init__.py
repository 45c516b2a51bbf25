"""What comes from and goes to other systems, as pure functions on structs, rows and bytes.

columns   the template of a stock list: one table says heading, meaning and how a cell is read and written
stocklist rows of cells to a preview of what would be saved, with every error by row and column; and back
csv_text  rows from and to CSV bytes (Excel files: `server.sheets`)
"""

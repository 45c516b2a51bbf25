"""What comes from and goes to other systems, as pure functions on structs, rows and bytes.

columns          the template of a stock list: heading, meaning, how a cell is read and written
stocklist        rows of cells to a preview of what would be saved, with every error; and back
csv_text         rows from and to CSV bytes (Excel files: `server.sheets`)
edxl_structure   what stands where in each message of OASIS EDXL-RM 1.0
edxl_rm          its messages: written and read
lifecycle        which message says which step of a dispatch order
"""

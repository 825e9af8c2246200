module victim

go 1.16
